from typing import Any

import pytest

from tenants.models import Tenant
from tests.tenants import rows
from tests.upstreams import Authority


@pytest.fixture
def acme(db: None) -> Tenant:
    return rows.tenant("Acme")


@pytest.fixture
def globex(db: None) -> Tenant:
    return rows.tenant("Globex")


@pytest.fixture
def loopback(settings: Any, authority: Authority) -> None:
    """Endpoints may live on this machine, under the test authority's certificates."""
    settings.EGRESS_ALLOW_CIDRS = ("127.0.0.0/8",)
    settings.EGRESS_CA_FILE = authority.ca_file
