"""Fixtures that every test may ask for."""

from tests.live import live, migrated_sqlite, new_live
from tests.servers.fixtures import own_postgres, own_redis, postgres, redis_server
from tests.upstreams.fixtures import (
    authority,
    default_context,
    server_thread,
    sockets,
    upstream,
)

__all__ = [
    "live",
    "migrated_sqlite",
    "new_live",
    "default_context",
    "authority",
    "own_postgres",
    "own_redis",
    "postgres",
    "redis_server",
    "server_thread",
    "sockets",
    "upstream",
]
