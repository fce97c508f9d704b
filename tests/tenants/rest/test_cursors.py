from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from tenants.models import ApiKey, Tenant
from tests.tenants.rest.client import Caller
from tests.tenants.rows import api_key

NOTES = "/api/v1/notes"
pytestmark = pytest.mark.urls("tests.tenants.rest.sample")


@pytest.fixture
def notes(acme: Tenant, caller: Caller) -> list[str]:
    """Twelve rows in four moments, as ids in the order of the list."""
    for _ in range(11):
        api_key(acme)
    now = timezone.now()
    for position, row in enumerate(ApiKey.objects.filter(tenant=acme)):
        row.created_at = now - timedelta(seconds=position % 4)
        row.save()
    rows = ApiKey.objects.filter(tenant=acme).order_by("-created_at", "-id")
    return [row.id for row in rows]


def test_pages_hold_every_row_once_and_newest_first(caller: Caller, notes: list[str]) -> None:
    for limit in (1, 3, 5, 12, 100):
        seen, address = [], f"{NOTES}?limit={limit}"
        while True:
            page = caller.get(address).json()
            seen += [row["id"] for row in page["data"]]
            assert page["has_more"] == (page["next_cursor"] is not None)
            if not page["has_more"]:
                break
            assert len(page["data"]) == limit
            address = f"{NOTES}?limit={limit}&cursor={page['next_cursor']}"
        assert seen == notes


def test_row_that_appears_between_two_pages_repeats_and_hides_none(
    caller: Caller, acme: Tenant, notes: list[str]
) -> None:
    first = caller.get(f"{NOTES}?limit=5").json()
    api_key(acme)
    second = caller.get(f"{NOTES}?limit=100&cursor={first['next_cursor']}").json()
    assert [row["id"] for row in first["data"] + second["data"]] == notes


def test_limit_is_a_number_from_1_to_100(caller: Caller) -> None:
    for wrong in ("0", "101", "-1", "ten", "", "1e1", "٣", "9" * 5000):
        answer = caller.get(f"{NOTES}?limit={wrong}")
        assert answer.status_code == 400, wrong
        assert answer.json()["errors"][0]["field"] == "limit"


def test_cursor_with_any_one_character_changed_is_refused(caller: Caller, notes: list[str]) -> None:
    cursor = caller.get(f"{NOTES}?limit=5").json()["next_cursor"]
    for position in range(len(cursor) - 1):
        other = "A" if cursor[position] != "A" else "B"
        changed = cursor[:position] + other + cursor[position + 1 :]
        answer = caller.get(f"{NOTES}?cursor={changed}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "invalid_cursor"
    for garbage in ("", "x", "====", "é", "a" * 5000):
        assert caller.get(f"{NOTES}?cursor={garbage}").status_code == 400


def test_cursor_of_another_tenant_or_other_filters_is_refused(
    caller: Caller, globex: Caller, notes: list[str]
) -> None:
    cursor = caller.get(f"{NOTES}?limit=5&name=test").json()["next_cursor"]
    assert caller.get(f"{NOTES}?limit=7&name=test&cursor={cursor}").status_code == 200
    assert caller.get(f"{NOTES}?cursor={cursor}").status_code == 400
    assert globex.get(f"{NOTES}?name=test&cursor={cursor}").status_code == 400


def test_cursor_says_nothing_that_the_page_did_not(caller: Caller, notes: list[str]) -> None:
    page = caller.get(f"{NOTES}?limit=5").json()
    assert settings.SECRET_KEY not in page["next_cursor"]
    assert len(page["next_cursor"]) < 200
