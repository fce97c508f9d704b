"""What is measured: straight, through nginx, through Patchbay."""

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import targets
from benchmarks.targets import Target
from tests.live import LivePlatform
from tests.upstreams.authority import Authority

PATH = "/listen"


class Upstream:
    """The process behind all of them."""

    def __init__(self, stack: ExitStack, folder: Path, authority: Authority) -> None:
        chain, key = authority.files(folder)
        command = [sys.executable, "-m", "benchmarks.sockets.upstream", chain, key]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        stack.callback(self._end)
        self.pid = self._process.pid
        self.port = int(self._line())

    def report(self) -> dict[str, Any]:
        """What arrived there since the last time."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._line())
        return told

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        targets.end(self._process)


def direct(upstream: Upstream, authority: Authority) -> Target:
    plan = {"host": "127.0.0.1", "port": upstream.port, "path": PATH, "ca_file": authority.ca_file}
    return Target("direct", None, plan)


def nginx(stack: ExitStack, folder: Path, authority: Authority, port: int) -> Target:
    target = targets.nginx(stack, folder, authority, port, targets.SOCKETS)
    target.plan["path"] = PATH
    return target


def patchbay(stack: ExitStack, folder: Path, authority: Authority, port: int) -> Target:
    """`manage.py serve`, and an agent patched to the upstream, called with a tenant's key."""
    platform = stack.enter_context(LivePlatform(folder / "patchbay", authority))
    platform.start()
    tenant = platform.tenant("enterprise")
    agent = tenant.transcriber(f"wss://localhost:{port}{PATH}", token=targets.TOKEN)
    path = agent.base_url.removeprefix(platform.url) + "/stt"
    plan = {"host": "127.0.0.1", "port": platform.port, "path": path, "key": tenant.key}
    return Target("patchbay", platform.pid(), plan)
