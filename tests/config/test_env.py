"""Variables are read as declared, and documented as read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import first_run
from config.env import ROOT, VARIABLES, BadVariable, read

OPERATIONS = ROOT / "docs" / "operations.md"


def _rows() -> list[str]:
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for variable in VARIABLES:
        if variable.default is None:
            default = "must be given"
        else:
            default = variable.default.replace(f"{ROOT}/", "")
            default = f"`{default}`" if default else "empty"
        rows.append(f"| `{variable.name}` | {default} | {variable.help} |")
    return rows


def test_the_operations_page_names_the_lines_that_a_first_start_writes_for_its_demo() -> None:
    page = OPERATIONS.read_text()
    secrets, _, demo = first_run.written().partition("# Only for the demo")
    lines = [line for line in demo.splitlines() if "=" in line]
    assert [line.partition("=")[0] for line in lines] == ["EGRESS_ALLOW_CIDRS", "EGRESS_CA_FILE"]
    for line in lines:
        assert f"`{line.replace(str(ROOT), '…')}`" in page
    kept = [line.partition("=")[0] for line in secrets.splitlines() if line[:1].isalpha()]
    assert f"Keep {' and '.join(f'`{name}`' for name in kept)}." in page


def test_the_table_in_the_operations_page_is_the_declaration() -> None:
    table = "\n".join(_rows())
    assert table in OPERATIONS.read_text(), f"put this into docs/operations.md:\n{table}"


def test_a_value_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "port").write_text("9123")
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.setenv("PORT_FILE", str(tmp_path / "port"))
    assert read("PORT") == 9123


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "eighty"),
        ("EGRESS_ALLOW_CIDRS", "10.0.0.0/99"),
        ("PUBLIC_URL", "patchbay.example.com"),
    ],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadVariable, match=f"^{name} is wrong: "):
        read(name)


def test_a_missing_secret_stops_the_start_with_one_line(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("SECRET_KEY", "VAULT_KEYS")}
    environment |= {"SECRET_KEY": "", "VAULT_KEYS": "", "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith("SECRET_KEY ")
