"""The real platform as tests meet it: `manage.py serve` (and `worker`) in processes of their own.

    def test_something(live: LivePlatform, upstream: StartUpstream) -> None:
        tenant = live.tenant()
        agent = tenant.agent(upstream(Chat()).url + "/v1/chat/completions", token="t0ken")
        reply = httpx.post(agent.chat_url, headers=tenant.headers, json={...})
        event = live.events(tenant, 1)[0]

`live` serves the whole test run, on SQLite; `new_live` makes one that a test may stop, kill and
configure, with PostgreSQL and Redis if it likes.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.servers.program import free_port, wait_until
from tests.upstreams.authority import Authority

ROOT = Path(__file__).resolve().parents[1]
SCOPES = ("llm", "voice", "transcriber")
START_SECONDS = 90.0
STOP_SECONDS = 75.0


@dataclass(frozen=True)
class LiveAgent:
    id: str
    base_url: str
    endpoint_id: str | None

    @property
    def chat_url(self) -> str:
        return f"{self.base_url}/v1/chat/completions"

    @property
    def tts_url(self) -> str:
        return f"{self.base_url}/tts"

    @property
    def stt_url(self) -> str:
        return self.base_url.replace("http", "ws", 1) + "/stt"


@dataclass(frozen=True)
class LiveTenant:
    """A tenant with one key that may do everything."""

    platform: "LivePlatform" = field(repr=False)
    id: str
    key: str
    key_id: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    def agent(self, *urls: str, channel: str = "llm", **endpoint: Any) -> LiveAgent:
        """An agent whose one slot is patched to a new endpoint; to none without URLs.

        `endpoint` may hold `token` (bearer), `model`, `timeouts` and `settings`.
        """
        given = {"tenant": self.id, "urls": urls, "channel": channel, **endpoint}
        made = self.platform.ask("endpoint", **given) if urls else {}
        return self._patched(made.get("id"), channel)

    def transcriber(self, *urls: str, **endpoint: Any) -> LiveAgent:
        """As `agent`, for the `transcriber` slot."""
        given = {"tenant": self.id, "urls": urls, "channel": "transcriber", **endpoint}
        made = self.platform.ask("endpoint", **given) if urls else {}
        return self._patched(made.get("id"), "transcriber")

    def raw_agent(self, url: str, wire_format: str = "openai-chat") -> LiveAgent:
        """An agent whose endpoint row holds a URL that no service would have stored."""
        given = {"tenant": self.id, "url": url, "wire_format": wire_format}
        return self._patched(self.platform.ask("raw_endpoint", **given)["id"])

    def _patched(self, endpoint: str | None, channel: str = "llm") -> LiveAgent:
        agent = self.platform.ask("agent", tenant=self.id, slots={channel: endpoint})["id"]
        return LiveAgent(agent, f"{self.platform.url}/a/{agent}", endpoint)

    def new_key(self, *scopes: str, agent: str = "") -> tuple[str, str]:
        """(text, id) of another key; for all hosted URLs unless scopes are named."""
        given = scopes or SCOPES
        made = self.platform.ask("key", tenant=self.id, scopes=given, agent=agent)
        return made["key"], made["key_id"]

    def session_token(self, agent: str, ttl: int = 60) -> str:
        """A token for the agent's channels, issued by the tenant's key."""
        made = self.platform.ask(
            "session", tenant=self.id, key_id=self.key_id, agent=agent, ttl=ttl
        )
        return str(made["token"])

    def revoke(self, key_id: str | None = None) -> None:
        self.platform.ask("revoke", key_id=key_id or self.key_id)


class LivePlatform:
    """One installation in a scratch folder. `log` is what its processes print."""

    def __init__(
        self,
        folder: Path,
        authority: Authority,
        *,
        template: Path | None = None,
        database_url: str | None = None,
        redis_url: str = "",
        env: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log.txt"
        self.spool = folder / "spool"
        sqlite = folder / "patchbay.sqlite3"
        self.database_url = database_url or f"sqlite:///{sqlite}"
        self.env = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "live-tests-only-" + "s" * 48,
            "VAULT_KEYS": "live1:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": redis_url,
            "SPOOL_DIR": str(self.spool),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "EGRESS_ALLOW_CIDRS": "127.0.0.0/8",
            "EGRESS_CA_FILE": authority.ca_file,
            **(env or {}),
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._control: subprocess.Popen[str] | None = None
        self._metrics_token = ""
        if template is not None and database_url is None:
            shutil.copy(template, sqlite)
        else:
            self.manage("migrate", "--verbosity", "0")

    def __enter__(self) -> "LivePlatform":
        return self

    def __exit__(self, *reason: object) -> None:
        for name in list(self._processes):
            self.kill(name)
        if self._control is not None and self._control.stdin and self._control.stdout:
            self._control.stdin.close()
            self._control.wait(30)
            self._control.stdout.close()

    # Processes

    def start(self, *options: str, worker: bool = False) -> "LivePlatform":
        """Returns once `serve`, with these options, answers; starts what is not running."""
        if "serve" not in self._processes:
            self._spawn("serve", *options)
        if worker and "worker" not in self._processes:
            self._spawn("worker")
        wait_until(self._answers, START_SECONDS, f"serve ({self.log})")
        return self

    def stop(self, name: str = "serve", how: signal.Signals = signal.SIGTERM) -> int:
        """Sends a signal, waits for the end, and returns the exit code."""
        process = self._processes.pop(name)
        process.send_signal(how)
        return process.wait(STOP_SECONDS)

    def kill(self, name: str = "serve") -> None:
        self.stop(name, signal.SIGKILL)

    def signal(self, how: signal.Signals, name: str = "serve") -> None:
        self._processes[name].send_signal(how)

    def wait(self, name: str = "serve", seconds: float = STOP_SECONDS) -> int:
        """Waits for a process that is ending by itself; its exit code."""
        code = self._processes[name].wait(seconds)
        del self._processes[name]
        return code

    def pid(self, name: str = "serve") -> int:
        return self._processes[name].pid

    def manage(self, *arguments: str) -> str:
        """Runs a management command to its end; what it printed."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def metrics(self) -> dict[str, float]:
        """The figures of `serve` that have no labels, by name."""
        self._metrics_token = self._metrics_token or self.manage("metrics_token").strip()
        headers = {"authorization": f"Bearer {self._metrics_token}"}
        asked = urllib.request.Request(f"{self.url}/metrics", headers=headers)
        with urllib.request.urlopen(asked, timeout=20) as reply:
            lines = [line.split() for line in reply.read().decode().splitlines() if line[0] != "#"]
        return {name: float(value) for name, value in lines if "{" not in name}

    def memory(self) -> int:
        """Bytes that `serve` holds in RAM."""
        pages = int(Path(f"/proc/{self.pid()}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid()}/fd"))

    def _spawn(self, name: str, *options: str) -> None:
        command = [sys.executable, str(ROOT / "manage.py"), name, *options]
        with self.log.open("ab") as log:
            self._processes[name] = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)

    def _answers(self) -> bool:
        process = self._processes["serve"]
        assert process.poll() is None, f"serve ended:\n{self.log.read_text()[-4000:]}"
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False

    # Rows

    def ask(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Has `tests.live_control` do something to the database."""
        control = self._control
        if control is None:
            control = self._control = subprocess.Popen(
                [sys.executable, "-m", "tests.live_control"],
                env=self.env, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        assert control.stdin is not None
        assert control.stdout is not None
        control.stdin.write(json.dumps({"do": action, **arguments}) + "\n")
        control.stdin.flush()
        answer: dict[str, Any] = json.loads(control.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer

    def tenant(self, plan: str = "pro") -> LiveTenant:
        return LiveTenant(self, **self.ask("tenant", plan=plan))

    def events(self, tenant: LiveTenant, count: int, within: float = 30.0) -> list[dict[str, Any]]:
        """The tenant's events, oldest first, once there are `count` of them; never more.

        For none, what was recorded until now is waited for.
        """
        if count == 0:
            self._catch_up()
        deadline = time.monotonic() + within
        while True:
            events: list[dict[str, Any]] = self.ask("events", tenant=tenant.id)["events"]
            if len(events) >= count or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        assert len(events) == count, f"{len(events)} events instead of {count}"
        return events

    def _catch_up(self) -> None:
        """Has a dispatch of its own recorded, behind all that was recorded before it."""
        other = self.tenant()
        agent = other.agent(f"https://127.0.0.1:{free_port()}/v1/chat/completions")
        asked = urllib.request.Request(
            agent.chat_url, b'{"messages":[{"role":"user","content":"Hi"}]}', other.headers
        )
        with suppress(urllib.error.HTTPError), urllib.request.urlopen(asked, timeout=20):
            pass
        self.events(other, 1)


class NewLive(Protocol):
    def __call__(self, **options: Any) -> LivePlatform: ...


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Path:
    """A migrated database file to copy."""
    platform = LivePlatform(tmp_path_factory.mktemp("migrated"), authority)
    return platform.folder / "patchbay.sqlite3"


@pytest.fixture
def new_live(tmp_path: Path, authority: Authority, migrated_sqlite: Path) -> Iterator[NewLive]:
    """Makes platforms (not started yet) of this test's own; options as of `LivePlatform`."""
    made: list[LivePlatform] = []

    def make(**options: Any) -> LivePlatform:
        folder = tmp_path / f"live{len(made)}"
        made.append(LivePlatform(folder, authority, template=migrated_sqlite, **options))
        return made[-1]

    yield make
    for platform in made:
        platform.__exit__()


@pytest.fixture(scope="session")
def live(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, migrated_sqlite: Path
) -> Iterator[LivePlatform]:
    """A running platform that all tests share: make tenants of your own, stop nothing."""
    folder = tmp_path_factory.mktemp("live")
    with LivePlatform(folder, authority, template=migrated_sqlite) as platform:
        yield platform.start()
