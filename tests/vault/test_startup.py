"""A process with a wrong or missing master key does not start, and says which key it is."""

import base64
import os
import resource
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from tenants.models import Tenant, TenantProvider
from vault import keys
from vault.envelope import SecretUnreadable
from vault.models import DataKey, MasterKeyCheck
from vault.startup import VaultRefused, verify

ROOT = Path(__file__).resolve().parents[2]


def key(letter: str) -> str:
    return base64.b64encode((letter * 8 + "12345678").encode() * 2).decode()


def seal_something() -> TenantProvider:
    tenant = Tenant.objects.create(name="Acme")
    return TenantProvider.objects.create(tenant=tenant, name="x", secrets="canary-secret")


@pytest.mark.django_db
def test_first_start_keeps_check_values_and_the_next_one_passes(settings: Any) -> None:
    settings.VAULT_KEYS = f"k1:{key('a')},k2:{key('b')}"
    verify()
    verify()
    assert set(MasterKeyCheck.objects.values_list("key_id", flat=True)) == {"k1", "k2"}
    assert key("a").encode() not in bytes(MasterKeyCheck.objects.get(key_id="k1").check_value)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "says"),
    [
        (f"k2:{key('b')}", "'k1' is missing"),
        (f"k1:{key('b')}", "data key 'dek_[0-9a-f]+' does not open .* 'k1'"),
        (f"k2:{key('b')},k1:{key('c')}", "data key 'dek_[0-9a-f]+' does not open .* 'k1'"),
        ("k1:short", "'k1' is not base64"),
        ("", "no master key"),
    ],
)
def test_a_start_with_other_keys_is_refused(settings: Any, now: str, says: str) -> None:
    settings.VAULT_KEYS = f"k1:{key('a')}"
    seal_something()
    settings.VAULT_KEYS = now
    with pytest.raises(VaultRefused, match=says) as caught:
        verify()
    assert "\n" not in str(caught.value)
    assert key("b")[:12] not in str(caught.value)


@pytest.mark.django_db
def test_a_key_never_used_is_compared_by_its_check_value(settings: Any) -> None:
    settings.VAULT_KEYS = f"k1:{key('a')},k2:{key('b')}"
    verify()
    settings.VAULT_KEYS = f"k1:{key('a')},k2:{key('c')}"
    with pytest.raises(VaultRefused, match="'k2'"):
        verify()


@pytest.mark.django_db
def test_a_wrong_key_under_a_known_id_seals_nothing(settings: Any) -> None:
    settings.VAULT_KEYS = f"k1:{key('a')}"
    verify()
    settings.VAULT_KEYS = f"k1:{key('b')}"
    with pytest.raises(SecretUnreadable, match="k1"), transaction.atomic():
        seal_something()
    assert not DataKey.objects.exists()


@pytest.mark.django_db
def test_a_wrong_key_opens_nothing_and_never_gives_ciphertext(settings: Any) -> None:
    settings.VAULT_KEYS = f"k1:{key('a')}"
    provider = seal_something()
    settings.VAULT_KEYS = f"k1:{key('b')}"
    keys.CACHE.clear()
    provider.refresh_from_db()
    with pytest.raises(SecretUnreadable, match="k1"):
        provider.secrets.reveal()


@pytest.mark.django_db
def test_a_database_without_tables_does_not_stop_the_start(caplog: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE vault_datakey")
    verify()
    assert "not compared" in caplog.text


def manage(folder: Path, keys_text: str, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "VAULT_KEYS": keys_text,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
    }
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def processor_seconds() -> float:
    """Of all programs that have ended: other ones may hold the processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


VERIFY = "from vault.startup import verify; verify(); print('started')"


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_real_process_refuses_at_once_with_one_line(tmp_path: Path, command: str) -> None:
    right, wrong = f"k1:{key('a')}", f"k1:{key('b')}"
    assert manage(tmp_path, wrong, "migrate", "-v0").returncode == 0
    moments = [processor_seconds()]
    assert "started" in manage(tmp_path, right, "shell", "-v0", "-c", VERIFY).stdout
    moments.append(processor_seconds())
    refused = manage(tmp_path, wrong, command)
    moments.append(processor_seconds())
    usual, took = (after - before for before, after in pairwise(moments))
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert len(refused.stderr.splitlines()) == 1
    assert "'k1'" in refused.stderr
    assert took < 3 * usual, (took, usual)
