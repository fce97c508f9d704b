"""What a process does before it serves."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.env import ROOT
from config.start import close_var
from tests.live import NewLive


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_an_open_var_is_closed_to_other_users(tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path / "var"
    close_var()
    settings.VAR_DIR.mkdir()
    settings.VAR_DIR.chmod(0o755)
    close_var()
    assert mode(settings.VAR_DIR) == 0o700


def test_what_a_process_writes_is_closed_to_other_users(new_live: NewLive) -> None:
    platform = new_live().start()
    platform.tenant()
    written = set(platform.folder.rglob("*")) - {platform.log}
    assert {"patchbay.sqlite3", "patchbay.sqlite3-wal", "spool"} <= {path.name for path in written}
    assert {path.name: oct(mode(path)) for path in written if mode(path) & 0o077} == {}


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("SPOOL_DIR", "a file, and no folder", "File exists"),
        ("EGRESS_CA_FILE", None, "No such file"),
        ("EGRESS_CA_FILE", "no certificate", "no certificate or crl found"),
    ],
)
def test_a_path_that_is_of_no_use_stops_the_start_with_one_line(
    tmp_path: Path, command: str, name: str, content: str | None, says: str
) -> None:
    path = tmp_path / "path"
    if content is not None:
        path.write_text(content)
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), command],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", name: str(path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{name} is wrong: {path}: ")
    assert says in line
