"""A server program that tests start, stop, freeze and kill."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")
_GIVEN_BY_LINUX = Path("/proc/sys/net/ipv4/ip_local_port_range")


def missing(what: str) -> None:
    """Skips the test loudly; where everything must be installed, fails it instead."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"{what}; CI must have it")
    pytest.skip(f"{what}: the tests that need it did not run")


def _own_ports() -> range:
    """This test process's share of the ports below those that Linux gives to connections.

    One of those could be taken by any connection of another test before the server listens, and
    so could one that two test processes were free to choose.
    """
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first_given = int(_GIVEN_BY_LINUX.read_text().split()[0])
    end = min(32_000, first_given) if first_given > 15_000 else 32_000  # there, no share is free
    each = (end - 10_000) // count
    return range(10_000 + number * each, 10_000 + (number + 1) * each)


_given: set[int] = set()


def free_port(*partners: int) -> int:
    """A loopback port where nobody listens, for a server that is started a moment later.

    So are the ports `partners` above it. None is given twice: its server may be between a stop
    and a start.
    """
    own = _own_ports()
    while True:
        port = random.SystemRandom().choice(own)
        ports = {port, *(port + offset for offset in partners)}
        if max(ports) in own and not ports & _given and all(map(_is_free, ports)):
            _given.update(ports)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until(ready: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not there within {seconds} s")
        time.sleep(0.02)


def settled(figure: Callable[[], T], seconds: float = 40.0) -> T:
    """The figure, once it has been the same for half a second."""
    deadline = time.monotonic() + seconds
    before, now = None, figure()
    while before != now:
        if time.monotonic() > deadline:
            raise TimeoutError(f"goes on changing after {seconds} s: {before}, {now}")
        time.sleep(0.5)
        before, now = now, figure()
    return now


def _children(parent: int) -> Iterator[int]:
    """The processes below `parent`; PostgreSQL's leave its process group, so groups do not do."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        if int(fields[1]) == parent:
            yield int(entry.name)


class Program(ABC):
    """One server process in a scratch folder of its own, on a free loopback port."""

    user: str | None = None

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"patchbay-{type(self).__name__.lower()}-"))
        if self.user is not None:
            shutil.chown(self.folder, self.user, pwd.getpwnam(self.user).pw_gid)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def answers(self) -> bool: ...

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._dying_with_us(), *self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        wait_until(self._ready, 90, type(self).__name__)

    def _dying_with_us(self) -> list[str]:
        """A prefix that drops root and ends the server when the test run is killed.

        Where the run is in the background of a script, SIGINT is ignored, and by all it starts.
        """
        prefix = ["env", "--default-signal=INT", "setpriv", "--pdeathsig", "KILL"]
        if self.user is not None:
            prefix += ["--reuid", self.user, "--regid", self.user, "--init-groups"]
        return prefix

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            log = (self.folder / "log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{type(self).__name__} ended at once:\n{log}")
        return self.answers()

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Ends the server with a signal (SIGINT: at once, cleanly) and waits for it."""
        if self._process is None:
            return
        self.resume()
        self._process.send_signal(number)
        self._process.wait(30)
        self._process = None

    def kill(self) -> None:
        """Ends the server and everything below it with SIGKILL."""
        for pid in self._family():
            _signal(pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait(30)
        self._process = None

    def pause(self) -> None:
        """Freezes it: connections are still accepted by the kernel, nothing is answered."""
        for pid in self._family():
            _signal(pid, signal.SIGSTOP)

    def resume(self) -> None:
        for pid in self._family():
            _signal(pid, signal.SIGCONT)

    def _family(self) -> list[int]:
        return [self.pid, *_children(self.pid)]

    def close(self) -> None:
        if self._process is not None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it ended by itself, which is what a signal to it could have wanted
