"""What a process does before it serves."""

from pathlib import Path
from typing import Any

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
