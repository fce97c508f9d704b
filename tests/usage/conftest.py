"""Databases that ledgers ship into."""

import re
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from tests.servers.postgres import GivenPostgres, Postgres
from tests.usage.databases import Database, migrated

_copies = count(1)


@pytest.fixture
def unblocked(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Lets ledgers reach databases of their own; Django's test database is not among them."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="session")
def sqlite_template(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Path:
    path = tmp_path_factory.mktemp("template") / "patchbay.sqlite3"
    with django_db_blocker.unblock():
        migrated(f"sqlite:///{path}").query("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path, unblocked: None) -> Database:
    shutil.copy(sqlite_template, tmp_path / "patchbay.sqlite3")
    return Database(f"sqlite:///{tmp_path}/patchbay.sqlite3")


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres | GivenPostgres) -> Database:
    return migrated(postgres.new_database())


@pytest.fixture
def postgres_database(
    postgres: Postgres | GivenPostgres, postgres_template: Database, unblocked: None
) -> Database:
    name = postgres_template.url.rpartition("/")[2]
    copy = f"{name}_{next(_copies)}"
    with psycopg.connect(postgres.admin_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"'.encode())
    return Database(re.sub(r"/[^/]*$", f"/{copy}", postgres_template.url))


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each test that asks for this runs once with each kind."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found
