"""Autobahn|Testsuite against the relay: `make autobahn`.

Two runs, each with Patchbay in the middle. `server`: the fuzzing client calls a hosted URL, behind
which a plain echo stands. `client`: the fuzzing server is the endpoint, and a plain client of the
hosted URL sends back what comes. The reports are left in `var/autobahn/`.
"""

import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from typing import Any

from tests.autobahn.caller import Caller
from tests.autobahn.echo import Echo
from tests.autobahn.tls import Terminator
from tests.live import ROOT, LivePlatform, LiveTenant
from tests.servers.program import free_port
from tests.upstreams.authority import Authority
from tests.upstreams.server import ServerThread

WSTEST = ROOT / ".venv-autobahn/py27/bin/wstest"
REPORTS = ROOT / "var/autobahn"
CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"]
PASSED = {"OK", "NON-STRICT", "INFORMATIONAL"}
START_SECONDS = 30.0


def main() -> int:
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    authority = Authority(REPORTS)
    thread = ServerThread()
    chosen = sys.argv[1:] or ["server", "client"]
    try:
        with LivePlatform(REPORTS / "platform", authority) as platform:
            tenant = platform.start().tenant(plan="enterprise")
            if "server" in chosen:
                test_our_server(tenant, authority, thread)
            if "client" in chosen:
                test_our_client(tenant, authority, thread)
    finally:
        thread.close()
    return 0 if sum(map(summed_up, chosen)) == len(chosen) else 1


def test_our_server(tenant: LiveTenant, authority: Authority, thread: ServerThread) -> None:
    upstream = Echo(thread, authority.context())
    agent = tenant.transcriber(upstream.url)
    key, _ = tenant.new_key("transcriber", agent=agent.id)
    url = agent.stt_url.replace("/stt", f"/t/{key}/stt")
    spec = _spec("server", servers=[{"agent": "Patchbay", "url": url}])
    subprocess.run([WSTEST, "-m", "fuzzingclient", "-s", spec], check=True, cwd=REPORTS)
    upstream.close()


def test_our_client(tenant: LiveTenant, authority: Authority, thread: ServerThread) -> None:
    port = free_port()
    spec = _spec("client", url=f"ws://127.0.0.1:{port}")
    tls = Terminator(thread, authority.context(), port)
    url = tls.url
    command = [WSTEST, "-m", "fuzzingserver", "-s", spec]
    server = subprocess.Popen(command, cwd=REPORTS, stdout=subprocess.DEVNULL)
    try:
        count = _case_count(tenant, f"{url}/getCaseCount")
        for number in range(1, count + 1):
            print(f"\rcase {number} of {count}", end="", flush=True)
            _send_back(tenant, f"{url}/runCase?case={number}&agent=Patchbay")
        _send_back(tenant, f"{url}/updateReports?agent=Patchbay")
    finally:
        server.terminate()
        server.wait(10)
        tls.close()


def _case_count(tenant: LiveTenant, url: str) -> int:
    agent = tenant.transcriber(url)
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return int(Caller(agent.stt_url, tenant.key).run(echo=False))
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _send_back(tenant: LiveTenant, url: str) -> None:
    with contextlib.suppress(ConnectionError):  # how a case ends is the report's to say
        Caller(tenant.transcriber(url).stt_url, tenant.key).run(echo=True)


def _spec(name: str, **given: Any) -> str:
    path = REPORTS / f"{name}.json"
    outdir = str(REPORTS / name)
    path.write_text(json.dumps({"outdir": outdir, "cases": CASES, "exclude-cases": [], **given}))
    return str(path)


def summed_up(name: str) -> bool:
    """Prints how the cases ended; whether all passed."""
    (cases,) = json.loads((REPORTS / name / "index.json").read_text()).values()
    ends = Counter(case["behavior"] for case in cases.values())
    closes = Counter(case["behaviorClose"] for case in cases.values())
    print(f"\n{name}: {len(cases)} cases; behaviour {dict(ends)}; close {dict(closes)}")
    bad = {
        number: (case["behavior"], case["behaviorClose"])
        for number, case in cases.items()
        if {case["behavior"], case["behaviorClose"]} - PASSED
    }
    for number, what in sorted(bad.items()):
        print(f"  {number}: {what[0]}, close {what[1]}")
    return not bad


if __name__ == "__main__":
    sys.exit(main())
