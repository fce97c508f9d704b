"""Runs several programs as one: all are started together, and all end when one does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_SECONDS = 70.0  # the gateway lets live streams finish for up to 60 s
LINES_SHOWN = 20
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Program:
    """`command` is what runs; `env` is added to this process's own environment; what it prints goes
    to `log`, or where this process prints.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None

    def last_words(self) -> str:
        """The end of its log, for a person who must know why it died."""
        if self.log is None:
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LINES_SHOWN:])


class Stopped(Exception):
    """A signal asked for the end."""


class ProgramDied(Exception):
    """A program ended that should have stayed up."""


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise Stopped


class Processes:
    """A context in which programs run; leaving it ends them, politely first.

    Each gets a session of its own, so that a Ctrl-C reaches this process only and the order of the
    end is ours.
    """

    def __init__(self) -> None:
        self._running: list[tuple[Program, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> "Processes":
        for number in SIGNALS:
            signal.signal(number, _raise_stopped)
        return self

    def __exit__(self, *reason: object) -> None:
        for number in SIGNALS:
            signal.signal(number, self._kill)
        for _, process in self._running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for _, process in self._running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._kill()
                process.wait()

    def _kill(self, number: int = 0, frame: FrameType | None = None) -> None:
        """A second Ctrl-C waits for nothing."""
        for _, process in self._running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)

    def start(self, program: Program) -> None:
        output = open(program.log, "ab") if program.log else None  # noqa: SIM115 - closed below
        try:
            process = subprocess.Popen(  # noqa: S603 - our own programs
                list(program.command),
                env=os.environ | dict(program.env),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        finally:
            if output is not None:
                output.close()
        self._running.append((program, process))

    def check(self) -> None:
        """Raises `ProgramDied` when one of them has ended."""
        for program, process in self._running:
            if process.poll() is not None:
                end = f"{program.name} ended with exit code {process.returncode}"
                raise ProgramDied(f"{program.last_words()}\n{end}".lstrip())

    def run(self, program: Program, seconds: float) -> None:
        """Runs one more program to its end, while the others must stay up. Raises `ProgramDied`."""
        self.start(program)
        process = self._running.pop()[1]
        deadline = time.monotonic() + seconds
        try:
            while process.poll() is None and time.monotonic() < deadline:
                self.check()
                time.sleep(0.02)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode != 0:
            raise ProgramDied(f"{program.name} ended with exit code {process.returncode}")

    def watch(self) -> None:
        """Returns never: raises `Stopped` on a signal, `ProgramDied` when a program ends."""
        while True:
            self.check()
            time.sleep(0.25)


def python(*arguments: str) -> tuple[str, ...]:
    """A command that runs with this very interpreter."""
    return (sys.executable, *arguments)
