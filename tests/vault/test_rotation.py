"""Keys are rotated online: nothing becomes unreadable, no write is lost, a killed run goes on."""

import signal
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tenants.models import Tenant, TenantProvider
from tests.installation import Installation
from tests.vault.test_fields import overwrite, stored
from tests.vault.test_startup import key
from vault import keys, rotation
from vault.columns import encrypted_columns
from vault.models import DataKey, DataKeyRotation

OLD, NEW = f"k1:{key('a')}", f"k2:{key('b')}"


def rotate(*options: str) -> str:
    out = StringIO()
    call_command("vault_rotate", *options, stdout=out)
    return out.getvalue()


def providers(count: int, tenants: int = 2) -> list[TenantProvider]:
    owners = [Tenant.objects.create(name=f"t{number}") for number in range(tenants)]
    return TenantProvider.objects.bulk_create(
        TenantProvider(tenant=owners[number % tenants], name="x", secrets=f"secret-number-{number}")
        for number in range(count)
    )


def opened() -> list[str]:
    keys.CACHE.clear()
    return [each.secrets.reveal() for each in TenantProvider.objects.order_by("id")]


@pytest.mark.django_db
def test_the_walk_finds_every_encrypted_column() -> None:
    found = {(each.model.__name__, each.field.name) for each in encrypted_columns()}
    assert ("TenantProvider", "secrets") in found


@pytest.mark.django_db
def test_data_keys_move_to_the_first_master_key_and_values_stay_as_they_are(settings: Any) -> None:
    settings.VAULT_KEYS = OLD
    rows = providers(6)
    before = [stored(row) for row in rows]
    settings.VAULT_KEYS = f"{NEW},{OLD}"
    assert "2 data keys moved, 0 values" in rotate()
    assert [stored(row) for row in rows] == before
    settings.VAULT_KEYS = NEW
    assert sorted(opened()) == [f"secret-number-{number}" for number in range(6)]
    assert "0 data keys moved, 0 values" in rotate()


@pytest.mark.django_db
def test_new_data_keys_seal_every_value_anew(settings: Any) -> None:
    rows = providers(450)
    before = {stored(row) for row in rows}
    text = rotate("--data-keys")
    assert "values sealed anew: 200" in text
    assert "0 data keys moved, 450 values" in text
    assert not before & {stored(row) for row in rows}
    assert sorted(opened()) == sorted(f"secret-number-{number}" for number in range(450))
    assert DataKey.objects.filter(active=True).count() == 2
    assert DataKey.objects.filter(active=False).count() == 2


@pytest.mark.django_db
def test_a_run_cut_short_is_gone_on_with_and_gives_no_tenant_two_keys() -> None:
    providers(10, tenants=5)
    old = list(DataKey.objects.all())
    DataKeyRotation.objects.create(started_at=timezone.now())
    for row in old[:2]:
        rotation._renew_one(row)
    assert "5 values" not in rotate()  # a plain run finishes the values, not the tenants
    rotate("--data-keys")
    assert DataKey.objects.count() == 10
    assert not DataKeyRotation.objects.filter(finished_at=None).exists()
    assert DataKey.objects.filter(active=True, id__in=[row.id for row in old]).count() == 0
    rotate("--data-keys")
    assert DataKey.objects.count() == 15


@pytest.mark.django_db
def test_a_value_changed_since_it_was_read_is_not_overwritten() -> None:
    provider = providers(1, tenants=1)[0]
    column = encrypted_columns()[0]
    row = next(column.batches())[0]
    provider.secrets = "a newer secret"  # type: ignore[assignment]
    provider.save()
    assert not column.swap(row, row.sealed)
    assert opened() == ["a newer secret"]


@pytest.mark.django_db
def test_what_does_not_open_is_named_left_alone_and_fails_the_command() -> None:
    good, bad = providers(2, tenants=1)
    overwrite(bad, stored(good))
    with pytest.raises(CommandError, match=f"tenant_providers.secrets of {bad.pk}") as caught:
        rotate("--data-keys")
    assert good.pk not in str(caught.value)
    good.refresh_from_db()
    assert good.secrets.reveal() == "secret-number-0"


@pytest.mark.django_db
def test_retired_keys_are_deleted_only_when_old_and_unneeded() -> None:
    good, bad = providers(2, tenants=1)
    text = stored(bad)
    rotate("--data-keys", "--drop-retired")
    assert DataKey.objects.count() == 2
    DataKey.objects.filter(active=False).update(retired_at=timezone.now() - timedelta(hours=25))
    renewed = stored(bad)
    overwrite(bad, text[:-4] + "AAAA")  # unreadable, so still under its retired key
    with pytest.raises(CommandError):
        rotate("--drop-retired")
    assert DataKey.objects.count() == 2
    overwrite(bad, renewed)
    rotate("--drop-retired")
    assert DataKey.objects.count() == 1
    assert sorted(opened()) == ["secret-number-0", "secret-number-1"]


SEED = """
from tenants.models import Tenant, TenantProvider
for number in range(20):
    tenant = Tenant.objects.create(name=f"t{number}")
    TenantProvider.objects.bulk_create(
        TenantProvider(tenant=tenant, name="x", secrets=f"first-{tenant.id}-{n}") for n in range(25)
    )
"""
WRITER = """
import random, sys, time
from tenants.models import Tenant, TenantProvider
mine = list(TenantProvider.objects.order_by("id"))[int(sys.argv[1])::3]
wrote = {}
reads = writes = 0
deadline = time.monotonic() + 5
while time.monotonic() < deadline or (writes <= 10 and time.monotonic() < deadline + 60):
    row = TenantProvider.objects.get(pk=random.choice(mine).pk)
    if row.pk in wrote:
        assert row.secrets.reveal() == wrote[row.pk], "a write was lost"
    else:
        assert row.secrets.reveal().startswith("first-")
    reads += 1
    if random.random() < 0.5:
        row.secrets = wrote[row.pk] = f"new-{random.random()}"
        row.save()
        writes += 1
for pk, text in wrote.items():
    assert TenantProvider.objects.get(pk=pk).secrets.reveal() == text
print("fine", reads, writes)
"""


@pytest.fixture(params=["sqlite", "postgres"])
def installation(request: Any, tmp_path: Path) -> Installation:
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    else:
        url = f"sqlite:///{tmp_path}/db.sqlite3"
    made = Installation(url, tmp_path)
    made.run(OLD, "manage.py", "migrate", "-v0")
    made.run(OLD, *made.program(SEED))
    return made


@pytest.mark.slow
def test_rotation_beside_writers_and_another_rotation_loses_nothing(
    installation: Installation,
) -> None:
    both = f"{NEW},{OLD}"
    writers = [
        installation.start(both, *installation.program(WRITER, str(number))) for number in range(3)
    ]
    twins = [installation.start(both, "manage.py", "vault_rotate", "--data-keys") for _ in range(2)]
    for twin in twins:
        out, err = twin.communicate(timeout=200)
        assert twin.returncode == 0, out + err
    for writer in writers:
        out, err = writer.communicate(timeout=200)
        assert out.startswith("fine"), err
        assert int(out.split()[2]) > 10, "the writers hardly wrote"
    installation.run(both, "manage.py", "vault_rotate")
    assert ", 0 unreadable" in installation.run(NEW, "manage.py", "vault_doctor")


@pytest.mark.slow
def test_a_rotation_killed_at_any_moment_is_finished_by_the_next(
    installation: Installation,
) -> None:
    both = f"{NEW},{OLD}"
    for lines in (1, 3):
        tries = (_is_killed_after(lines, installation) for _ in range(5))
        assert any(tries), "it is always done before the signal comes"
        assert ", 0 unreadable" in installation.run(both, "manage.py", "vault_doctor")
    installation.run(both, "manage.py", "vault_rotate", "--data-keys")
    assert "500 values" in installation.run(NEW, "manage.py", "vault_doctor")
    leftover = (
        "from vault.models import *; from vault.columns import *\n"
        "active = set(DataKey.objects.filter(active=True).values_list('id', flat=True))\n"
        "rows = [r for c in encrypted_columns() for b in c.batches() for r in b]\n"
        "print(len(rows), sum(r.sealed.split(':')[1] not in active for r in rows))"
    )
    assert installation.run(NEW, *installation.program(leftover)).strip() == "500 0"


def _is_killed_after(lines: int, installation: Installation) -> bool:
    """Whether a rotation that has said so much was still at it."""
    process = installation.start(f"{NEW},{OLD}", "manage.py", "vault_rotate", "--data-keys")
    assert process.stdout is not None
    for _ in range(lines):
        assert process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL
