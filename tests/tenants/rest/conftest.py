from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tenants.models import Tenant
from tests.tenants.rest.client import Caller
from tests.tenants.rows import api_key, tenant


@pytest.fixture(autouse=True)
def fresh_throttles() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def acme(db: None) -> Tenant:
    return tenant("Acme")


@pytest.fixture
def caller(acme: Tenant) -> Caller:
    """Acme's key with every scope."""
    return Caller(api_key(acme)[1])


@pytest.fixture
def globex(db: None) -> Caller:
    """Another tenant's key with every scope."""
    return Caller(api_key(tenant("Globex"))[1])
