import pytest

from tenants.models import ApiKey, Tenant
from tenants.rest.throttles import TenantWrites
from tests.tenants.rest.client import Caller
from tests.tenants.rows import api_key, tenant

NOTES = "/api/v1/notes"
pytestmark = pytest.mark.urls("tests.tenants.rest.sample")


def test_globex_gets_404_with_the_very_bytes_of_a_missing_object(
    caller: Caller, globex: Caller
) -> None:
    created = caller.post(NOTES, {"name": "a"}).json()["id"]
    assert caller.get(f"{NOTES}/{created}").status_code == 200
    theirs, missing = globex.get(f"{NOTES}/{created}"), globex.get(f"{NOTES}/key_{'0' * 26}")
    assert theirs.status_code == 404
    assert (theirs.content, theirs.headers) == (missing.content, missing.headers)
    assert created not in globex.get(NOTES).text


def test_id_of_another_shape_is_not_found_without_a_query(caller: Caller) -> None:
    for wrong in ("%00", "a%20b", "a'b", "x" * 65, "..", "é"):
        assert caller.get(f"{NOTES}/{wrong}").status_code == 404, wrong


def test_writes_of_one_tenant_are_braked_and_anothers_are_not(
    acme: Tenant, globex: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TenantWrites, "rate", "2/min")
    first, second = Caller(api_key(acme)[1]), Caller(api_key(acme)[1])
    assert first.post(NOTES, {"name": "a"}).status_code == 201
    assert second.post(NOTES, {"name": "b"}).status_code == 201
    braked = first.post(NOTES, {"name": "c"})
    assert (braked.status_code, braked.json()["code"]) == (429, "rate_limit")
    assert 0 < int(braked.headers["Retry-After"]) <= 60
    assert first.get(NOTES).status_code == 200
    assert globex.post(NOTES, {"name": "d"}).status_code == 201
    assert ApiKey.objects.filter(name="c").count() == 0


def test_tenants_see_their_own_rows(caller: Caller) -> None:
    api_key(tenant("Initech"))
    assert len(caller.get(NOTES).json()["data"]) == 1
