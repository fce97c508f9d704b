import pytest

from tests.admin.rows import House, house


@pytest.fixture
def acme(db: None) -> House:
    """The tenant that asks."""
    return house("ACMEOWN")


@pytest.fixture
def globex(db: None) -> House:
    """The tenant that must not be seen: all its texts hold its canary."""
    return house("GLOBEXCANARY")
