"""A conversation as it is held: in real time, within its bounds, on one connection."""

import os
import shlex
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from endpoints.models import RunStatus, ValidationRun
from endpoints.validation import lease, runner, speech, stopping, talking
from endpoints.validation.ear import MOST_BYTES
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.transcriber_zoo import HEALTHY, ZOO, Hearer
from tests.endpoints.validation.zoo import TOKEN
from tests.servers.program import wait_until
from tests.upstreams import Authority
from tests.upstreams.fixtures import StartSockets, StartUpstream
from tests.upstreams.sockets import Session, SocketUpstream

ROOT = Path(__file__).resolve().parents[3]
AUTH = {"type": "bearer", "token": TOKEN}


@pytest.fixture
def saved(acme: Tenant, loopback: None) -> Callable[..., ValidationRun]:
    def save(port: int, **given: Any) -> ValidationRun:
        done = saved_endpoint(
            acme,
            channel="transcriber",
            wire_format="rymi-stt",
            urls=[f"wss://localhost:{port}/stt?sig=canary"],
            auth=AUTH,
            **given,
        )
        assert done.run is not None
        return done.run

    return save


class Timed(Hearer):
    """Notes when each frame of audio came."""

    moments: list[float] = []

    async def __call__(self, session: Session) -> None:
        self.moments.clear()
        take = session.take

        async def noting() -> str | bytes:
            message = await take()
            if isinstance(message, bytes):
                self.moments.append(time.perf_counter())
            return message

        session.take = noting  # type: ignore[method-assign] # the test's own server
        await super().__call__(session)


def served(sockets: StartSockets, hearer: Hearer) -> SocketUpstream:
    return sockets(hearer, process_request=hearer.admits)


def test_the_sentence_is_played_in_real_time_over_one_connection(
    saved: Callable[..., ValidationRun], sockets: StartSockets
) -> None:
    hearer = Timed()
    server = served(sockets, hearer)
    run = saved(server.port)
    runner.run(run.id)
    run.refresh_from_db()
    assert run.status == RunStatus.PASSED
    (session,) = server.sessions
    assert b"".join(each for each in session.got if isinstance(each, bytes)) == b"".join(
        speech.frames()
    )
    assert [each for each in session.got if isinstance(each, str)] == [
        '{"type":"finalize"}', '{"type":"close"}'
    ]  # fmt: skip
    assert session.headers["user-agent"] == "Patchbay/0.1 (validation)"
    assert session.code == 1000
    expected = (len(speech.frames()) - 1) * speech.FRAME_SECONDS
    assert expected - 0.1 < hearer.moments[-1] - hearer.moments[0]
    assert sum(after - before > 0.005 for before, after in pairwise(hearer.moments)) > 20


def test_a_run_is_far_shorter_than_a_lease_whatever_the_endpoint_does() -> None:
    pace = talking.PACE
    waits = pace.final + pace.utterance_end + pace.pause + pace.close + pace.peek
    sentence = len(speech.frames()) * pace.frame
    assert sentence + waits < lease.LEASE.seconds / 4


@pytest.mark.parametrize(
    "name", ["a giant frame", "a flood of messages", "a flood of frames without content"]
)
def test_a_flood_fills_no_memory_and_its_evidence_is_small(
    name: str,
    saved: Callable[..., ValidationRun],
    sockets: StartSockets,
    upstream: StartUpstream,
) -> None:
    script = ZOO[name].script
    server: Any = served(sockets, script) if isinstance(script, Hearer) else upstream(script)
    run = saved(server.port)
    tracemalloc.start()
    runner.run(run.id)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MOST_BYTES + 6 * 1024 * 1024
    kept = run.checks.get(name="socket_protocol")
    assert kept.status == "failed"
    assert len(str(kept.evidence)) < 30_000


def test_a_worker_that_is_told_to_end_leaves_the_conversation_at_once(
    saved: Callable[..., ValidationRun], sockets: StartSockets
) -> None:
    server = served(sockets, HEALTHY)
    run = saved(server.port)

    def stop() -> None:
        wait_until(lambda: server.sessions and len(server.sessions[0].got) > 9, 20, "some audio")
        stopping.set()

    try:
        with ThreadPoolExecutor() as pool:
            stopped = pool.submit(stop)
            runner.run(run.id)
            stopped.result()
    finally:
        stopping.clear()
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED
    assert server.sessions[0].gone.wait(10)
    assert server.sessions[0].code == 1000


def test_a_total_clock_too_short_for_a_call_is_named(
    saved: Callable[..., ValidationRun], sockets: StartSockets
) -> None:
    run = saved(served(sockets, HEALTHY).port, timeouts={"total": 1})
    runner.run(run.id)
    session = run.checks.get(name="session")
    assert (session.status, "total clock" in session.summary) == ("failed", True)
    assert "timeouts.total" in session.hint
    assert run.checks.get(name="close").status == "skipped"


@pytest.mark.parametrize("kind", ["command", "curl"])
def test_the_line_of_the_evidence_repeats_the_exchange(
    kind: str, saved: Callable[..., ValidationRun], sockets: StartSockets, authority: Authority
) -> None:
    hearer = HEALTHY if kind == "command" else Hearer(token="another")
    run = saved(served(sockets, hearer).port)
    runner.run(run.id)
    shown = run.checks.get(name="authentication").evidence
    assert "canary" not in str(shown)
    script = f"TOKEN={shlex.quote(TOKEN)}\nQUERY=sig=canary\n{shown[kind]}"
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SSL_CERT_FILE": authority.ca_file,
        "CURL_CA_BUNDLE": authority.ca_file,
    }
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if kind == "curl":
        assert "HTTP/1.1 401 Unauthorized" in done.stdout, done.stderr
        return
    said = [line[8:].strip() for line in done.stdout.splitlines()]
    assert said[0] == "> 102 messages of sound, 65280 bytes", done.stderr
    assert said[-3:] == ['< {"type": "utterance_end"}', "> close", "closed with 1000"]
