"""The servers that other tests lean on."""

import psycopg
import pytest
import redis

from tests.servers.postgres import GivenPostgres, Postgres
from tests.servers.program import missing
from tests.servers.redis import GivenRedis, Redis


def test_each_new_database_is_empty_and_its_own(postgres: Postgres | GivenPostgres) -> None:
    first, second = postgres.new_database(), postgres.new_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE only_here (id int)")
    with psycopg.connect(second) as connection:
        found = connection.execute("SELECT to_regclass('only_here')").fetchone()
    assert found == (None,)


def test_postgres_can_be_stopped_and_keeps_its_rows(own_postgres: Postgres) -> None:
    url = own_postgres.new_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
    own_postgres.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
    own_postgres.start()
    own_postgres.kill()
    own_postgres.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchone() == (1,)


def test_paused_postgres_answers_nothing_until_resumed(own_postgres: Postgres) -> None:
    url = own_postgres.new_database()
    own_postgres.pause()
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        psycopg.connect(url, connect_timeout=2)
    own_postgres.resume()
    psycopg.connect(url, connect_timeout=10).close()


def test_redis_answers(redis_server: Redis | GivenRedis) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.ping()


def test_redis_can_be_stopped_and_started(own_redis: Redis) -> None:
    own_redis.stop()
    assert not own_redis.answers()
    own_redis.start()
    assert own_redis.answers()


def test_a_missing_program_fails_where_everything_must_be_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI must have it"):
        missing("no such thing")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="did not run"):
        missing("no such thing")
