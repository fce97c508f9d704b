"""The doctor finds everything that does not open, and nothing else."""

import json
import random
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from tests.vault.test_fields import overwrite, stored
from tests.vault.test_rotation import NEW, OLD, providers
from vault import keys
from vault.models import DataKey

pytestmark = pytest.mark.django_db


def doctor(*options: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("vault_doctor", *options, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def test_a_sound_vault_passes() -> None:
    providers(5)
    assert doctor() == (0, "5 values and 2 data keys examined, 0 unreadable\n")


def test_every_seeded_fault_is_found_and_named() -> None:
    rows = providers(300, tenants=3)
    sealed = [stored(row) for row in rows]
    faults = {}
    for row, kind in zip(
        random.sample(rows, 100), ["moved", "flipped", "cut", "clear", "gone"] * 20, strict=True
    ):
        own = sealed[rows.index(row)]
        faults[row.pk] = {
            "moved": sealed[(rows.index(row) + 3) % 300],
            "flipped": own[:-9] + ("A" if own[-9] != "A" else "B") + own[-8:],
            "cut": own[:-30],
            "clear": "canary-clear-text",
            "gone": f"v1:dek_gone:{own.split(':')[2]}",
        }[kind]
        overwrite(row, faults[row.pk])
    code, text = doctor("--json")
    found = json.loads(text)
    assert code == 1
    assert found["values"] == 300
    assert {each["row"] for each in found["unreadable"]} == set(faults)
    assert {each["table"] for each in found["unreadable"]} == {"tenant_providers"}
    assert "canary" not in text
    assert "canary" not in doctor()[1]


def test_a_missing_master_key_is_named_with_all_that_hangs_on_it(settings: Any) -> None:
    settings.VAULT_KEYS = OLD
    providers(4)
    settings.VAULT_KEYS = NEW
    code, text = doctor("--json")
    found = json.loads(text)
    assert code == 1
    assert "'k1' is missing" in found["refusal"]
    assert len(found["unreadable"]) == 2 + 4
    assert {each["key"] for each in found["unreadable"]} == {"k1"}


def test_a_damaged_data_key_is_found_though_it_is_warm_in_memory() -> None:
    row = providers(1, tenants=1)[0]
    keys.CACHE.put(row.tenant_id, keys.unwrap(DataKey.objects.get()))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault_datakey SET wrapped = %s", [b"x" * 60])
    code, text = doctor()
    assert code == 1
    assert "vault_datakey.wrapped" in text
    assert row.pk in text


def test_malformed_vault_keys_end_it_with_one_line(settings: Any) -> None:
    settings.VAULT_KEYS = "k1:short"
    with pytest.raises(SystemExit, match="VAULT_KEYS is wrong: master key 'k1'"):
        call_command("vault_doctor")
