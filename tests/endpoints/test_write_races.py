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
    out = made.run(OLD, *made.program("from tests.endpoints import races; races.main()"))
    found: Seen = json.loads(out)
    return found


def test_a_credential_is_changed_by_its_own_address_and_by_its_endpoints(seen: Seen) -> None:
    assert seen["credential_of_an_endpoint"] == [200]


def test_a_credential_is_not_deleted_while_somebody_puts_it_to_use(seen: Seen) -> None:
    assert seen["stored_credential"] == [409]


def test_an_agents_own_endpoint_is_changed_until_it_goes_with_its_agent(seen: Seen) -> None:
    assert set(seen["endpoint_of_an_agent"]) <= {200, 204, 404}


def test_what_was_deleted_a_moment_ago_is_not_there(seen: Seen) -> None:
    assert seen["deleted_endpoint"] == [404, 404, 404]
    assert seen["deleted_agent"] == [404, 404]
    assert seen["deleted_credential"] == [404, 404]


def test_the_admin_says_so_where_it_was_asked(seen: Seen) -> None:
    shown, elsewhere = 200, 302
    assert seen["deleted_endpoint_in_the_admin"] == [shown, elsewhere, elsewhere]
    assert seen["removed_member"] == [shown, elsewhere]


def test_a_page_does_not_set_back_what_somebody_saves_at_that_moment(seen: Seen) -> None:
    shown_again = 200
    assert seen["opened_page"] == [shown_again, True]


def test_who_says_what_they_read_does_not_write_over_what_is_saved_at_that_moment(
    seen: Seen,
) -> None:
    assert seen["read_before"] == [412, 412, True]


def test_an_endpoint_is_deleted_while_a_worker_stores_what_it_saw(seen: Seen) -> None:
    assert seen["run_of_a_deleted_endpoint"] == [204]


def test_who_saves_and_a_worker_that_finishes_do_not_wait_for_each_other(seen: Seen) -> None:
    assert seen["finished_run"] == [200, 200]


def test_a_new_person_who_is_added_twice_is_known_to_the_second(seen: Seen) -> None:
    shown_again, members = 200, 1
    assert seen["new_member"] == [shown_again, shown_again, members]


def test_what_an_operator_does_for_a_person_is_not_undone_by_the_person(seen: Seen) -> None:
    shown_again, elsewhere = 200, 302
    assert seen["lock_out"] == [shown_again, False]
    assert seen["given_password"] == [shown_again, False]
    assert seen["renewed_hash"] == [elsewhere, False]


def test_an_old_call_that_goes_on_is_not_pruned(seen: Seen) -> None:
    deleted, left = 0, 1
    assert seen["pruned_call"] == [deleted, left]


def test_a_rotation_of_keys_and_somebody_who_writes_do_not_wait_for_each_other(seen: Seen) -> None:
    done = 0
    assert seen["rotation"] == [done]


def test_what_a_gateway_reads_is_from_one_side_of_a_save(seen: Seen) -> None:
    assert seen["snapshot_of_an_agent"] == [0]
