from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tenants import selectors
from tenants.plans import PLANS
from tests.tenants.rows import api_key, tenant

pytestmark = pytest.mark.django_db


def test_caller_is_read_in_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ends = timezone.now() + timedelta(hours=1)
    row, _ = api_key(tenant(), "llm", agent_id="agt_1", expires_at=ends)
    with django_assert_num_queries(1):
        caller = selectors.caller_by_digest(row.digest)
    assert caller == selectors.Caller(
        tenant_id=row.tenant_id,
        key_id=row.id,
        digest=row.digest,
        scopes=frozenset({"llm"}),
        agent_id="agt_1",
        plan=PLANS["pro"],
        expires_at=ends.timestamp(),
    )
    assert not caller.expired(ends.timestamp() - 1)
    assert caller.expired(ends.timestamp())


def test_unknown_revoked_and_expired_keys_have_no_caller_and_a_reason() -> None:
    owner, past = tenant(), timezone.now() - timedelta(seconds=1)
    revoked, _ = api_key(owner, revoked_at=past)
    expired, _ = api_key(owner, expires_at=past)
    for digest, reason in (
        ("0" * 64, "unknown"),
        (revoked.digest, "revoked"),
        (expired.digest, "expired"),
    ):
        assert selectors.caller_by_digest(digest) is None
        assert selectors.refusal_reason(digest) == reason


def test_selectors_give_the_rows_of_their_tenant_only() -> None:
    ours, theirs = tenant("Ours"), tenant("Theirs")
    mine, _ = api_key(ours)
    api_key(theirs)
    assert list(selectors.api_keys_of(ours)) == [mine]
