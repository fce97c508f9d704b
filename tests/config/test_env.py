"""Variables are read as declared, and documented as read."""

import base64
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
    keys, _, demo = first_run.written().partition("# Only for the demo")
    lines = [line for line in demo.splitlines() if "=" in line]
    assert [line.partition("=")[0] for line in lines] == ["EGRESS_ALLOW_CIDRS", "EGRESS_CA_FILE"]
    for line in lines:
        assert f"`{line.replace(str(ROOT), '…')}`" in page
    kept = [line.partition("=")[0] for line in keys.splitlines() if line[:1].isalpha()]
    assert f"Keep {' and '.join(f'`{name}`' for name in kept)}." in page


def test_the_table_in_the_operations_page_is_the_declaration() -> None:
    table = "\n".join(_rows())
    assert table in OPERATIONS.read_text(), f"put this into docs/operations.md:\n{table}"


def test_a_value_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "port").write_text("9123")
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.setenv("PORT_FILE", str(tmp_path / "port"))
    assert read("PORT") == 9123


def test_a_newline_at_the_end_of_a_file_is_no_part_of_the_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "port").write_text("9123\n")
    monkeypatch.setenv("PORT_FILE", str(tmp_path / "port"))
    assert read("PORT") == 9123


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY_FILE", "/nowhere/key")
    with pytest.raises(BadVariable, match=r"^SECRET_KEY is wrong: .*SECRET_KEY_FILE"):
        read("SECRET_KEY")


WRONG = [
    ("PORT", "0"),
    ("PORT", "eighty"),
    ("EGRESS_ALLOW_CIDRS", "10.0.0.0/99"),
    ("PUBLIC_URL", "patchbay.example.com"),
    ("PUBLIC_URL", "https://[::1"),
    ("PUBLIC_URL", "https://patchbay.example.com:99999"),
    ("SECRET_KEY", "s3cr3t"),
    ("SECRET_KEY", "s3" * 40),
    ("SECRET_KEY", "django-insecure-s3cr3t-0123456789-abcdefghijklmnopqrstuvwxyz"),
    ("VAULT_KEYS", "s3cr3t"),
    ("VAULT_KEYS", "k1:s3cr3t"),
    ("VAULT_KEYS", "k1:s3cr3té"),
    ("VAULT_KEYS", "k1:" + base64.b64encode(b"s3cr3t" * 6)[:43].decode() + "="),
    ("DATABASE_URL", ""),
    ("DATABASE_URL", "postgres//me:s3cr3t@db.example.com/patchbay"),
    ("DATABASE_URL", "mysql://me:s3cr3t@db.example.com/patchbay"),
    ("DATABASE_URL", "postgres://me:s3cr3t#1@db.example.com/patchbay"),
    ("DATABASE_URL", "postgres://me:s3cr3t/1@db.example.com/patchbay"),
    ("DATABASE_URL", "postgres://me:s3cr3t@db.example.com"),
    ("REDIS_URL", "redis//:s3cr3t@db.example.com/0"),
    ("REDIS_URL", "http://db.example.com/0"),
    ("REDIS_URL", "redis://:s3cr3t#1@db.example.com/0"),
    ("REDIS_URL", "redis://:s3cr3t/1@db.example.com/0"),
    ("REDIS_URL", "redis://:s3cr3t@db.example.com/tasks"),
    ("REDIS_URL", "redis://"),
    ("REDIS_URL", "REDIS://:s3cr3t@db.example.com/0"),
    ("REDIS_URL", " redis://:s3cr3t@db.example.com/0"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadVariable, match=f"^{name} is wrong: ") as caught:
        read(name)
    assert "s3cr3t" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "0123456789-abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLM"),
        ("VAULT_KEYS", "k1:" + base64.b64encode(bytes(range(32))).decode()),
        ("REDIS_URL", ""),
        ("REDIS_URL", "redis://127.0.0.1:6379"),
        ("REDIS_URL", "rediss://me:pass%2Fword@redis.example.com:6380/2"),
    ],
)
def test_a_value_of_any_right_form_is_taken(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert read(name) == value


def test_what_a_database_url_asks_of_the_connection_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:p%40ss@db.example.com/x?sslmode=require")
    found = read("DATABASE_URL")
    assert (found["PASSWORD"], found["OPTIONS"]) == ("p@ss", {"sslmode": "require"})


@pytest.mark.parametrize("command", ["serve", "worker", "check"])
@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("SECRET_KEY", "short", "50 random characters"), ("VAULT_KEYS", "k1:short", "not base64")],
)
def test_a_weak_or_malformed_secret_stops_every_command_with_one_line(
    command: str, name: str, value: str, says: str
) -> None:
    done = manage(command, **{name: value})
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{name} is wrong: ")
    assert says in line


def test_a_missing_secret_stops_the_start_with_one_line() -> None:
    done = manage("check", SECRET_KEY="", VAULT_KEYS="")
    assert done.returncode != 0
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith("SECRET_KEY is not set")


def manage(*command: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("public", "hosts", "told"),
    [
        ("https://patchbay.example.com", "localhost", True),
        ("https://patchbay.example.com", "localhost,patchbay.example.com", False),
        ("https://Patchbay.example.com/voice", ".example.com", False),
        ("http://127.0.0.1:8000", "localhost,127.0.0.1", False),
    ],
)
def test_a_public_name_that_is_not_answered_to_is_told_by_the_deploy_check(
    public: str, hosts: str, told: bool
) -> None:
    done = manage("check", "--deploy", PUBLIC_URL=public, ALLOWED_HOSTS=hosts)
    assert done.returncode == 0
    assert ("patchbay.W201" in done.stderr) is told
