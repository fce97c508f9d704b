"""The platform as its callers meet it, on both of its footings."""

from collections.abc import Iterator

import pytest

from tests.clients.program import programs
from tests.clients.sdk import AsyncSDK, Calls, SyncSDK
from tests.live import LivePlatform, LiveTenant
from tests.upstreams.authority import Authority

__all__ = ["platform", "programs", "scaled_live", "sdk", "tenant"]


@pytest.fixture(scope="session")
def scaled_live(
    tmp_path_factory: pytest.TempPathFactory,
    authority: Authority,
    request: pytest.FixtureRequest,
) -> Iterator[LivePlatform]:
    """A running platform on PostgreSQL and Redis, shared by all tests."""
    database_url = request.getfixturevalue("postgres").new_database()
    redis_url = request.getfixturevalue("redis_server").url
    folder = tmp_path_factory.mktemp("scaled")
    platform = LivePlatform(folder, authority, database_url=database_url, redis_url=redis_url)
    with platform:
        yield platform.start()


@pytest.fixture(scope="session", params=["embedded", "scaled"])
def platform(request: pytest.FixtureRequest) -> LivePlatform:
    """SQLite and nothing else; then PostgreSQL and Redis."""
    found: LivePlatform = request.getfixturevalue(
        "live" if request.param == "embedded" else "scaled_live"
    )
    return found


@pytest.fixture
def tenant(platform: LivePlatform) -> LiveTenant:
    return platform.tenant(plan="enterprise")


@pytest.fixture(params=[SyncSDK, AsyncSDK], ids=["sync", "async"])
def sdk(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Calls]:
    """OpenAI's own client; `at(base_url, key)` gives one for a place."""
    with request.param(authority.ca_file) as calls:
        yield calls


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a translation does is the same on both footings: `make acceptance` runs it on both."""
    for item in items:
        params = getattr(item, "callspec", None)
        footing, far = (params.params.get(each) if params else None for each in ("platform", "far"))
        if footing == "scaled" and far not in (None, "openai-chat"):
            item.add_marker("acceptance")
