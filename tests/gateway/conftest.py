"""Fixtures of the gateway's tests."""

import pytest

from tests.live import LivePlatform, LiveTenant


@pytest.fixture
def tenant(live: LivePlatform) -> LiveTenant:
    """A tenant of this test's own on the platform that all share."""
    return live.tenant()
