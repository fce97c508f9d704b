"""`manage.py up` where it cannot start: a sentence, before anything is written."""

import fcntl
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.env import VARIABLES
from config.first_run import written
from tests.config.clones import clone_into, port_with_free_partners


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    clone_into(tmp_path)
    return tmp_path


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    with socket.socket() as holder:
        yield holder


def up(clone: Path, **given: str) -> str:
    """What `make run` says where it fails, which is all that it says."""
    declared = {variable.name for variable in VARIABLES} | {"DJANGO_SETTINGS_MODULE"}
    environment = {k: v for k, v in os.environ.items() if k not in declared}
    environment |= {"PYTHONPATH": "platform", **given}
    first, second = ["-m", "config.first_run"], ["manage.py", "up"]
    subprocess.run([sys.executable, *first], cwd=clone, env=environment, check=True)
    done = subprocess.run(
        [sys.executable, *second], cwd=clone, env=environment, capture_output=True, text=True,
        timeout=200, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr.count("\n") == 1
    assert not (clone / "var" / "patchbay.sqlite3").exists()
    assert not (clone / "var" / "log").exists()
    return done.stderr.rstrip("\n")


@pytest.mark.parametrize(
    ("offset", "owner"),
    [
        (0, "the gateway"),
        (443, "the demo model (PORT + 443)"),
        (444, "the demo voice (PORT + 444)"),
    ],
)
def test_a_taken_port_is_named_with_one_that_is_free(
    clone: Path, taken: socket.socket, offset: int, owner: str
) -> None:
    port = port_with_free_partners()
    taken.bind(("127.0.0.1", port + offset))
    taken.listen()
    said = up(clone, PORT=str(port))
    wanted = f"Port {port + offset}, for {owner}, is taken. Choose another: PORT="
    assert said.startswith(wanted)
    offered = re.fullmatch(r"PORT=(\d+) make run", said.removeprefix(wanted[: -len("PORT=")]))
    assert offered is not None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", int(offered[1])))


@pytest.mark.parametrize("port", ["65300", "80"])
def test_a_port_that_leaves_no_room_is_refused_in_a_sentence(clone: Path, port: str) -> None:
    assert up(clone, PORT=port).startswith(f"PORT={port} is out of range: it must be from 1024 to")


@pytest.mark.parametrize("port", ["eighty", "", "70000", "8_000"])
def test_a_port_that_is_none_is_refused_in_a_sentence(clone: Path, port: str) -> None:
    assert up(clone, PORT=port).startswith("PORT is wrong: it must be a whole number from 1 to")


@pytest.mark.parametrize(
    ("kept", "wanted"),
    [
        ("EGRESS_CA_FILE", "Set EGRESS_ALLOW_CIDRS=127.0.0.0/8 in .env"),
        ("EGRESS_ALLOW_CIDRS", r"Set EGRESS_CA_FILE=\S+/var/demo/ca\.pem in .env"),
    ],
)
def test_an_env_file_without_the_lines_of_the_demo_is_told_so(
    clone: Path, kept: str, wanted: str
) -> None:
    made = written().splitlines()
    lines = [line for line in made if line.startswith((kept, "SECRET_KEY", "VAULT_KEYS"))]
    (clone / ".env").write_text("\n".join(lines))
    assert re.search(wanted, up(clone, PORT=str(port_with_free_partners())))


def test_a_host_that_is_not_of_this_machine_is_refused_in_a_sentence(clone: Path) -> None:
    said = up(clone, HOST="192.0.2.7", PORT=str(port_with_free_partners()))
    assert re.match(r"The gateway cannot listen on 192\.0\.2\.7:\d+: Cannot assign", said)


def test_a_second_run_in_a_folder_is_told_of_the_first(clone: Path) -> None:
    (clone / "var" / "demo").mkdir(parents=True)
    with (clone / "var" / "demo" / "running").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        first.write("http://127.0.0.1:8000 (process 7)")
        first.flush()
        said = up(clone, PORT=str(port_with_free_partners()))
    assert said == (
        "Patchbay already runs in this folder at http://127.0.0.1:8000 (process 7)."
        " Use it, or stop it first, with Ctrl-C."
    )
