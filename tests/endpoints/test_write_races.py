"""People and programs of one tenant who write at the same moment, on PostgreSQL."""

import json

import pytest

from tests.installation import Installation
from tests.servers.postgres import Postgres
from tests.vault.test_rotation import OLD

Seen = dict[str, list[int]]


@pytest.fixture(scope="module")
def seen(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The statuses that callers saw, by the name of the race."""
    made = Installation(postgres.new_database(), tmp_path_factory.mktemp("races"))
    made.run(OLD, "manage.py", "migrate", "-v0")
    out = made.run(OLD, *made.program("from tests.endpoints import racing; racing.main()"))
    found: Seen = json.loads(out)
    return found


def test_a_credential_is_changed_by_its_own_address_and_by_its_endpoints(seen: Seen) -> None:
    assert seen["credential_of_an_endpoint"] == [200]


def test_a_credential_is_not_deleted_while_somebody_puts_it_to_use(seen: Seen) -> None:
    assert seen["stored_credential"] == [409]
