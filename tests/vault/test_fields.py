"""The encrypted field: clear text in memory only, ciphertext in the database, no leak between."""

import copy
import json
import pickle
from typing import Any

import pytest
from django import forms
from django.core import serializers as dumps
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, models, transaction
from django.db.migrations.writer import MigrationWriter
from django.db.models import F
from django.forms.models import model_to_dict
from django.test.utils import isolate_apps
from rest_framework import serializers

from tenants.models import Tenant, TenantProvider
from vault.envelope import SecretUnreadable
from vault.fields import EncryptedTextField, SealedSecret, SealedText
from vault.models import DataKey
from vault.secret import Secret

TOKEN = "canary-token-0123456789-9f2c"
pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return Tenant.objects.create(name="Acme")


@pytest.fixture
def provider(tenant: Tenant) -> TenantProvider:
    return make(tenant)


def make(tenant: Tenant, secret: Any = TOKEN) -> TenantProvider:
    return TenantProvider.objects.create(
        tenant=tenant, provider="custom-llm", name="x", secrets=secret
    )


def stored(provider: TenantProvider) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM tenant_providers WHERE id = %s", [provider.pk])
        return str(cursor.fetchone()[0])


def overwrite(provider: TenantProvider, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tenant_providers SET secrets = %s WHERE id = %s", [text, provider.pk]
        )


def loaded(provider: TenantProvider) -> TenantProvider:
    return TenantProvider.objects.get(pk=provider.pk)


@pytest.mark.parametrize("value", [TOKEN, Secret(TOKEN)])
def test_column_holds_ciphertext_and_reading_gives_a_secret(tenant: Tenant, value: Any) -> None:
    provider = make(tenant, value)
    assert stored(provider).startswith(f"v1:{DataKey.objects.get().id}:")
    assert "canary" not in stored(provider)
    secret = loaded(provider).secrets
    assert isinstance(secret, SealedSecret)
    assert str(secret) == repr(secret) == "***"
    assert secret
    assert secret.reveal() == TOKEN
    assert secret == Secret(TOKEN)


def test_empty_stays_empty(tenant: Tenant) -> None:
    provider = make(tenant, "")
    assert stored(provider) == ""
    assert not loaded(provider).secrets
    assert loaded(provider).secrets.reveal() == ""
    assert not DataKey.objects.exists()


def test_saving_what_was_loaded_keeps_the_ciphertext(provider: TenantProvider) -> None:
    before = stored(provider)
    again = loaded(provider)
    again.name = "y"
    again.save()
    assert stored(provider) == before
    again.secrets = Secret("another-secret")
    again.save(update_fields=["secrets"])
    assert loaded(provider).secrets.reveal() == "another-secret"


def test_refresh_and_defer_read_the_stored_secret(provider: TenantProvider) -> None:
    provider.refresh_from_db()
    assert provider.secrets.reveal() == TOKEN
    deferred = TenantProvider.objects.defer("secrets").get()
    assert "secrets" in deferred.get_deferred_fields()
    deferred.save()
    assert deferred.secrets.reveal() == TOKEN
    only = TenantProvider.objects.only("secrets").get()
    assert only.secrets.reveal() == TOKEN


def test_copying_a_row_seals_anew_for_the_copy(provider: TenantProvider) -> None:
    twin = loaded(provider)
    twin.pk = "prv_copy"
    twin._state.adding = True
    twin.save()
    assert stored(twin) != stored(provider)
    assert loaded(twin).secrets.reveal() == loaded(provider).secrets.reveal() == TOKEN


def test_moving_a_row_to_another_tenant_seals_anew(provider: TenantProvider) -> None:
    moved = loaded(provider)
    moved.tenant = Tenant.objects.create(name="Globex")
    moved.save()
    assert loaded(provider).secrets.reveal() == TOKEN
    assert DataKey.objects.count() == 2


def test_bulk_create_seals_each_row(tenant: Tenant) -> None:
    rows = TenantProvider.objects.bulk_create(
        TenantProvider(tenant=tenant, name=str(n), secrets=f"token-number-{n}") for n in range(5)
    )
    assert [loaded(row).secrets.reveal() for row in rows] == [f"token-number-{n}" for n in range(5)]
    assert DataKey.objects.count() == 1


def test_each_tenant_has_its_own_data_key(tenant: Tenant) -> None:
    make(tenant)
    make(Tenant.objects.create(name="Globex"))
    assert DataKey.objects.values_list("tenant_id", flat=True).distinct().count() == 2


def test_values_give_something_that_shows_nothing(provider: TenantProvider) -> None:
    row = TenantProvider.objects.values("secrets").get()
    assert isinstance(row["secrets"], SealedText)
    assert str(row["secrets"]) == "<sealed>"
    with pytest.raises(TypeError):
        json.dumps(row)


def test_update_and_bulk_update_are_refused_and_write_nothing(provider: TenantProvider) -> None:
    before = stored(provider)
    for value in (TOKEN, Secret(TOKEN)):
        with pytest.raises(TypeError, match="save") as caught, transaction.atomic():
            TenantProvider.objects.update(secrets=value)
        assert "canary" not in str(caught.value)
    provider.secrets = Secret("another-secret")
    with pytest.raises(TypeError, match="save"), transaction.atomic():
        TenantProvider.objects.bulk_update([provider], ["secrets"])
    assert stored(provider) == before
    TenantProvider.objects.update(secrets="")
    assert stored(provider) == ""


@pytest.mark.parametrize("lookup", ["secrets", "secrets__contains", "secrets__in", "secrets__a__b"])
def test_lookups_are_refused(provider: TenantProvider, lookup: str) -> None:
    with pytest.raises(FieldError, match="encrypted"):
        TenantProvider.objects.filter(**{lookup: TOKEN}).exists()
    assert not TenantProvider.objects.filter(secrets__isnull=True).exists()


def test_a_copied_ciphertext_opens_in_no_other_row(tenant: Tenant) -> None:
    one, two = make(tenant), make(tenant, "another-secret")
    overwrite(two, stored(one))
    with pytest.raises(SecretUnreadable, match=r"dek_") as caught:
        loaded(two).secrets.reveal()
    assert stored(one)[-30:] not in str(caught.value)
    with pytest.raises(SecretUnreadable):
        loaded(two).secrets.__eq__(Secret("another-secret"))


def test_a_ciphertext_copied_to_another_tenant_does_not_open(provider: TenantProvider) -> None:
    other = make(Tenant.objects.create(name="Globex"), "another-secret")
    overwrite(other, stored(provider))
    with pytest.raises(SecretUnreadable, match="no such data key"):
        loaded(other).secrets.reveal()


def test_a_column_cannot_be_copied_over_with_clear_text(provider: TenantProvider) -> None:
    TenantProvider.objects.update(secrets=F("name"))
    with pytest.raises(SecretUnreadable):
        loaded(provider).secrets.reveal()


def test_an_unreadable_row_is_never_saved_as_readable_nonsense(provider: TenantProvider) -> None:
    overwrite(provider, "clear text planted by hand")
    row = loaded(provider)
    row.name = "y"
    row.save()
    with pytest.raises(SecretUnreadable):
        loaded(provider).secrets.reveal()
    row.pk = "prv_copy"
    with pytest.raises(SecretUnreadable):
        row.save()


def test_replacing_an_unreadable_secret_mends_it(provider: TenantProvider) -> None:
    overwrite(provider, "v1:dek_gone:AAAA")
    row = loaded(provider)
    row.secrets = TOKEN  # type: ignore[assignment]
    row.save()
    assert loaded(provider).secrets.reveal() == TOKEN


def test_a_deleted_data_key_shreds_the_secret(provider: TenantProvider) -> None:
    DataKey.objects.all().delete()
    with pytest.raises(SecretUnreadable, match="no such data key"):
        loaded(provider).secrets.reveal()


def test_full_clean_neither_leaks_nor_changes_the_secret(provider: TenantProvider) -> None:
    row = loaded(provider)
    row.name = ""
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    assert set(caught.value.message_dict) == {"name"}
    row.name = "y"
    row.full_clean()
    row.save()
    assert loaded(provider).secrets.reveal() == TOKEN


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = TenantProvider
        fields = ("name", "secrets")


def test_a_form_never_shows_what_is_stored_or_typed(provider: TenantProvider) -> None:
    assert "canary" not in ProviderForm(instance=loaded(provider)).as_p()
    typed = ProviderForm({"name": "", "secrets": "typed-canary-token"}, instance=loaded(provider))
    assert not typed.is_valid()
    assert "canary" not in typed.as_p()


def test_a_form_left_empty_keeps_the_secret_and_one_filled_replaces_it(
    provider: TenantProvider,
) -> None:
    kept = ProviderForm({"name": "y", "secrets": ""}, instance=loaded(provider))
    assert kept.is_valid()
    assert kept.changed_data == ["name"]
    kept.save()
    assert loaded(provider).secrets.reveal() == TOKEN
    filled = ProviderForm({"name": "y", "secrets": "new-canary-token"}, instance=loaded(provider))
    assert filled.changed_data == ["secrets"]
    filled.save()
    assert loaded(provider).secrets.reveal() == "new-canary-token"


def test_serializers_pickles_and_dictionaries_give_the_mask_or_refuse(
    provider: TenantProvider,
) -> None:
    class Plain(serializers.ModelSerializer[TenantProvider]):
        class Meta:
            model = TenantProvider
            fields = ("name", "secrets")

    row = loaded(provider)
    assert Plain(row).data["secrets"] == "***"
    assert Plain(provider).data["secrets"] == "***9f2c"
    assert "canary" not in str(model_to_dict(row)) + repr(vars(row)) + repr(vars(provider))
    with pytest.raises(TypeError):
        pickle.dumps(row)
    with pytest.raises(TypeError, match="back up the database"):
        dumps.serialize("json", [row])
    assert copy.deepcopy(row).secrets.reveal() == TOKEN


@pytest.mark.parametrize("value", [1, b"bytes", ["x"], F("name")])
def test_only_text_can_be_assigned(value: Any) -> None:
    with pytest.raises(TypeError, match="secrets takes"):
        TenantProvider(secrets=value)


def test_a_row_without_tenant_or_key_cannot_be_saved() -> None:
    with pytest.raises(ValueError, match="come before the secret"):
        TenantProvider(name="x", secrets=TOKEN).save()


def test_field_is_written_into_migrations_as_itself() -> None:
    field = EncryptedTextField(blank=True, default="")
    name, path, args, kwargs = field.deconstruct()
    assert (path, list(args), kwargs) == (
        "vault.fields.EncryptedTextField", [], {"blank": True, "default": ""},
    )  # fmt: skip
    text, imports = MigrationWriter.serialize(field)
    assert text == "vault.fields.EncryptedTextField(blank=True, default='')"
    assert imports == {"import vault.fields"}


@isolate_apps("vault")
def test_models_that_cannot_hold_a_secret_are_found_by_the_system_check() -> None:
    class NoTenant(models.Model):  # noqa: DJ008 - never shown
        id = models.CharField(primary_key=True, max_length=9)
        token = EncryptedTextField()

        class Meta:
            app_label = "vault"

    class NumberedByDatabase(models.Model):  # noqa: DJ008 - never shown
        tenant_id = models.CharField(max_length=9)
        token = EncryptedTextField()

        class Meta:
            app_label = "vault"

    class Indexed(models.Model):  # noqa: DJ008 - never shown
        id = models.CharField(primary_key=True, max_length=9)
        tenant_id = models.CharField(max_length=9)
        token = EncryptedTextField(db_index=True)

        class Meta:
            app_label = "vault"

    found = [
        [error.id for error in each.check()] for each in (NoTenant, NumberedByDatabase, Indexed)
    ]
    assert [next(i for i in ids if i and i.startswith("vault")) for ids in found] == [
        "vault.E001", "vault.E002", "vault.E003",
    ]  # fmt: skip
    assert TenantProvider.check() == []
