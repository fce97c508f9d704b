"""Fixtures that every test may ask for."""

import gc

import pytest
from hypothesis import HealthCheck, settings

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

# How long an example takes to make and to try is the machine's; and a change is judged by the same
# examples as the one before it.
settings.register_profile(
    "busy", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: a run lasts as long as the file that is left at its end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: no test's look for garbage has to go through it."""
    gc.collect()
    gc.freeze()
