"""Data keys are remembered for a while, survive a database that is down, and can be shredded."""

from typing import Any

import django.db
import pytest
from django.db import connection, transaction

from tenants.models import Tenant, TenantProvider
from tests.installation import Installation
from tests.vault.test_rotation import OLD
from vault import envelope, keys
from vault.envelope import DataKey, SecretUnreadable


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def data_key(number: int = 0) -> DataKey:
    return DataKey(f"dek_{number}", envelope.new_material())


def test_cache_forgets_the_least_recently_used_beyond_its_capacity() -> None:
    cache = keys.DataKeyCache(capacity=3)
    for number in range(5):
        cache.put("ten", data_key(number))
        cache.fresh("ten", "dek_0")
    assert len(cache) == 3
    assert cache.fresh("ten", "dek_0") is not None
    assert cache.fresh("ten", "dek_1") is None


def test_an_entry_out_of_date_is_no_longer_fresh_but_may_be_trusted_for_a_while() -> None:
    clock = Clock()
    cache = keys.DataKeyCache(ttl=300, grace=30, clock=clock)
    cache.put("ten", data_key())
    clock.now = 300
    assert cache.fresh("ten", "dek_0") is not None
    clock.now = 301
    assert cache.fresh("ten", "dek_0") is None
    assert cache.stale("ten", "dek_0") is not None
    clock.now = 331
    assert cache.fresh("ten", "dek_0") is not None
    clock.now = 332
    assert cache.fresh("ten", "dek_0") is None


def test_a_key_is_remembered_for_its_tenant_only() -> None:
    cache = keys.DataKeyCache()
    cache.put("ten_a", data_key())
    assert cache.fresh("ten_b", "dek_0") is None
    assert cache.stale("ten_b", "dek_0") is None


def no_database(*args: Any) -> Any:
    raise django.db.OperationalError("the server is gone")


@pytest.fixture
def provider(transactional_db: None) -> TenantProvider:
    tenant = Tenant.objects.create(name="Acme")
    made = TenantProvider.objects.create(tenant=tenant, name="x", secrets="canary-secret")
    return TenantProvider.objects.get(pk=made.pk)


def test_what_was_opened_once_opens_while_the_database_is_down(
    provider: TenantProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(keys, "CACHE", keys.DataKeyCache(clock=clock))
    with connection.execute_wrapper(no_database), pytest.raises(django.db.OperationalError):
        provider.secrets.reveal()
    provider.secrets.reveal()
    with connection.execute_wrapper(no_database):
        assert provider.secrets.reveal() == "canary-secret"
        clock.now = 10_000
        assert provider.secrets.reveal() == "canary-secret"


def test_a_shredded_tenant_stays_readable_for_the_life_of_the_cache_and_no_longer(
    provider: TenantProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(keys, "CACHE", keys.DataKeyCache(clock=clock))
    provider.secrets.reveal()
    assert keys.shred(provider.tenant_id) == 1
    provider.secrets.reveal()
    clock.now = 301
    with pytest.raises(SecretUnreadable, match="no such data key"):
        provider.secrets.reveal()
    assert len(keys.CACHE) == 0


def test_a_key_of_a_transaction_that_is_rolled_back_is_not_remembered(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "CACHE", keys.DataKeyCache())
    tenant = Tenant.objects.create(name="Acme")

    def save() -> TenantProvider:
        made = TenantProvider.objects.create(tenant=tenant, name="x", secrets="canary-secret")
        return TenantProvider.objects.get(pk=made.pk)

    with transaction.atomic():
        assert save().secrets.reveal() == "canary-secret"
        transaction.set_rollback(True)
    assert len(keys.CACHE) == 0
    provider = save()
    keys.CACHE.clear()
    assert provider.secrets.reveal() == "canary-secret"


FIRST_SAVE = """
import sys, threading
from tenants.models import Tenant, TenantProvider
from vault.models import DataKey
tenants = [Tenant.objects.create(name=str(n)) for n in range(10)]
barrier, failures = threading.Barrier(6), []
def save():
    from django.db import connection
    try:
        for tenant in tenants:
            barrier.wait()
            TenantProvider.objects.create(tenant=tenant, name="x", secrets="canary-secret")
    except Exception as error:
        failures.append(repr(error)); barrier.abort()
    connection.close()
threads = [threading.Thread(target=save) for _ in range(6)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
opened = [each.secrets.reveal() for each in TenantProvider.objects.all()]
print(failures, len(opened), set(opened), DataKey.objects.count())
"""


def test_first_saves_at_the_same_moment_agree_on_one_data_key(postgres: Any, tmp_path: Any) -> None:
    made = Installation(postgres.new_database(), tmp_path)
    made.run(OLD, "manage.py", "migrate", "-v0")
    assert made.run(OLD, *made.program(FIRST_SAVE)).strip() == "[] 60 {'canary-secret'} 10"
