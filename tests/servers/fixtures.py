"""The fixtures: a shared server for a whole run, or one's own to stop, freeze and kill."""

import os
from collections.abc import Iterator

import pytest

from tests.servers.postgres import GivenPostgres, Postgres
from tests.servers.redis import GivenRedis, Redis


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres | GivenPostgres]:
    """PostgreSQL for the whole run; ask it for a `new_database()`. Never stop it."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield GivenPostgres(given)
        return
    yield from _running_postgres()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """PostgreSQL for one test, which may stop, pause, kill and start it."""
    yield from _running_postgres()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis | GivenRedis]:
    """Redis for the whole run, at `.url`. Never stop it."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield GivenRedis(given)
        return
    yield from _running_redis()


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """Redis for one test, which may stop, pause, kill and start it."""
    yield from _running_redis()


def _running_postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.close()


def _running_redis() -> Iterator[Redis]:
    server = Redis()
    try:
        server.start()
        yield server
    finally:
        server.close()
