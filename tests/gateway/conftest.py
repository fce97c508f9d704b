"""Fixtures of the gateway's tests."""

import pytest

from tests.live import LivePlatform, LiveTenant


@pytest.fixture
def tenant(live: LivePlatform) -> LiveTenant:
    """A tenant of this test's own on the platform that all share."""
    return live.tenant()


NATIVE = ("openai-chat", "rymi-tts", "rymi-stt")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the pairs of formats, `make test` runs each with a native one and with itself, and
    `make acceptance` all.
    """
    for item in items:
        params = getattr(item, "callspec", None)
        near, far = (params.params.get(side) if params else None for side in ("near", "far"))
        if near and far and near != far and not {near, far} & set(NATIVE):
            item.add_marker("acceptance")
