"""A database that cannot be worked with is told in one line, which never has its password."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.env import ROOT
from tests.live import NewLive
from tests.servers.postgres import GivenPostgres, Postgres
from tests.servers.program import free_port

PASSWORD = "pa55w0rd/of#mine"
QUOTED = "pa55w0rd%2Fof%23mine"


def manage(folder: Path, url: str, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url,
        "SPOOL_DIR": str(folder / "spool"),
        "PORT": str(free_port()),
    }
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def refusal(folder: Path, url: str, *command: str) -> str:
    """The one line that the command ends with."""
    done = manage(folder, url, *command)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert "pa55w0rd" not in line
    assert line.startswith("The database of DATABASE_URL ")
    return line


@pytest.fixture(scope="module")
def guarded(postgres: Postgres | GivenPostgres) -> Iterator[str]:
    """Host and port of a server that lets `guard` in by a password alone."""
    if isinstance(postgres, GivenPostgres):
        pytest.skip("a given server's rules of who is let in are not ours")
    rules = postgres.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    with psycopg.connect(postgres.admin_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE guard LOGIN PASSWORD '{PASSWORD}'".encode())
        rules.write_text("host all guard 127.0.0.1/32 scram-sha-256\n" + before)
        connection.execute("SELECT pg_reload_conf()")
        yield f"127.0.0.1:{postgres.port}"
        rules.write_text(before)
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("DROP ROLE guard")


# `serve` looks before it begins; of the others it is seen when their first query fails.
@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_server_that_is_not_there_is_one_line(tmp_path: Path, command: str) -> None:
    url = f"postgres://guard:{QUOTED}@127.0.0.1:{free_port()}/patchbay"
    assert "Connection refused" in refusal(tmp_path, url, command)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgres://guard:pa55w0rd-wrong@{server}/postgres", "password authentication failed"),
        (f"postgres://guard:{QUOTED}@{{server}}/nowhere", 'database "nowhere" does not exist'),
        (f"postgres://guard:{QUOTED}@nowhere.invalid/x", "resolve host 'nowhere.invalid'"),
        (f"postgres://guard:{QUOTED}@{{server}}/postgres?pa55=1", "invalid connection option"),
    ],
    ids=["password", "database", "host", "option"],
)
def test_what_keeps_one_out_is_told(tmp_path: Path, guarded: str, url: str, says: str) -> None:
    assert says in refusal(tmp_path, url.format(server=guarded), "serve")


def test_a_server_that_hangs_is_given_up_within_seconds(
    tmp_path: Path, own_postgres: Postgres
) -> None:
    url = own_postgres.new_database()
    own_postgres.pause()
    began = time.monotonic()
    assert "timeout" in refusal(tmp_path, url, "serve")
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, command: str) -> None:
    path = tmp_path / "missing" / "patchbay.sqlite3"
    line = refusal(tmp_path, f"sqlite:///{path}", command)
    assert line.endswith(f"unable to open database file: {path}")


@pytest.mark.parametrize("command", [("serve",), ("tenant_create", "Acme")])
def test_tables_that_are_older_than_the_code_are_told_so(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    url = f"sqlite:///{tmp_path}/patchbay.sqlite3"
    assert manage(tmp_path, url, "migrate", "usage", "zero", "-v0").returncode == 0
    assert refusal(tmp_path, url, *command).endswith(" first: manage.py migrate")


def test_a_fault_that_is_not_the_databases_is_not_called_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/patchbay.sqlite3"
    assert manage(tmp_path, url, "migrate", "-v0").returncode == 0
    done = manage(tmp_path, url, "shell", "-v0", "-c", "import django.db; raise django.db.Error(7)")
    assert done.returncode == 1
    assert done.stderr.endswith("django.db.utils.Error: 7\n")


def test_a_gateway_begins_on_tables_that_are_newer_than_its_code(new_live: NewLive) -> None:
    live = new_live()
    later = "INSERT INTO django_migrations (app, name, applied) VALUES ('usage', '9999_x', '2030')"
    live.manage(
        "shell",
        "-v0",
        "-c",
        f"from django.db import connection as c\nc.cursor().execute({later!r})",
    )
    live.start()


def test_a_gateway_asks_the_database_as_its_url_says(
    new_live: NewLive, postgres: Postgres | GivenPostgres
) -> None:
    url = postgres.new_database()
    live = new_live(database_url=f"{url}?application_name=as_the_url_says").start()
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'as_the_url_says'"
    with psycopg.connect(url) as connection:
        row = connection.execute(asked.encode()).fetchone()
    assert row is not None
    assert row[0] > 0, live.log.read_text()
