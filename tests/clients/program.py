"""Clients in environments of their own: programs that answer lines of JSON.

They are too heavy for the tests' own environment, and their dependencies are not ours;
`make acceptance` installs them from the locks.
"""

import json
import os
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parents[1] / ".venv-clients"
ANSWER_SECONDS = 60.0
STOP_SECONDS = 10.0


def _command(script: str) -> list[str]:
    """Fails where what the script needs is not installed."""
    name, modules = ("node", "node.stamp") if script.endswith(".mjs") else ("python", "pip.stamp")
    interpreter = ENVIRONMENT / "bin" / name
    if not interpreter.exists() or not (ENVIRONMENT / modules).exists():
        pytest.fail(f"{script} needs {ENVIRONMENT.name}/, which `make acceptance` installs.")
    return [str(interpreter), str(HERE / script)]


class Program:
    """One client's program; `log` is what it prints beside its answers."""

    def __init__(self, script: str, folder: Path) -> None:
        self.log = folder / "log.txt"
        env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                _command(script), env={**env, "HOME": str(folder)}, cwd=folder,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip

    def ask(self, **job: Any) -> dict[str, Any]:
        """What the client made of it; fails where the program ended or took a minute."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], ANSWER_SECONDS)
        line = process.stdout.readline() if ready else b""
        assert line, f"no answer:\n{self.log.read_text()[-4000:]}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
        self._process.stdout.close()


class Programs(Protocol):
    def __call__(self, script: str) -> Program: ...


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """Starts each script once for all tests, and again where it has ended."""
    running: dict[str, Program] = {}

    def start(script: str) -> Program:
        if script in running and running[script].ended:
            running.pop(script).close()
        if script not in running:
            running[script] = Program(script, tmp_path_factory.mktemp("program"))
        return running[script]

    yield start
    for program in running.values():
        program.close()
