"""Who may do what: every page × every role, as a table."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from tenants.admin_scope import may_enter, scope_of
from tenants.models import Membership, User
from tests.admin.asking import PAGES, address, signed_in
from tests.admin.rows import PASSWORD, House

# What a role gets of a page: s(ees), a(dds), c(hanges), d(eletes).
TABLE = {
    "endpoints.agent": {"owner": "sacd", "admin": "sacd", "viewer": "s", "operator": "sacd"},
    "endpoints.endpoint": {"owner": "sacd", "admin": "sacd", "viewer": "s", "operator": "sacd"},
    "tenants.apikey": {"owner": "sa", "admin": "sa", "viewer": "s", "operator": "sa"},
    "tenants.tenantprovider": {"owner": "sacd", "admin": "sacd", "viewer": "s", "operator": "sacd"},
    "tenants.membership": {"owner": "sacd", "admin": "", "viewer": "", "operator": "sacd"},
    "tenants.tenant": {"owner": "sc", "admin": "sc", "viewer": "s", "operator": "sac"},
    "tenants.user": {"owner": "", "admin": "", "viewer": "", "operator": "s"},
    "usage.call": {"owner": "s", "admin": "s", "viewer": "s", "operator": "s"},
    "usage.callevent": {"owner": "s", "admin": "s", "viewer": "s", "operator": "s"},
}


def test_every_page_has_its_line() -> None:
    assert set(PAGES) == set(TABLE)


@pytest.mark.parametrize("role", ["owner", "admin", "viewer", "operator"])
@pytest.mark.parametrize("label", sorted(TABLE))
def test_role_may_do_exactly_what_the_table_says(label: str, role: str, acme: House) -> None:
    page, may = PAGES[label], TABLE[label][role]
    operator = User.objects.create_superuser("operator@example.com", PASSWORD)
    client = signed_in(operator if role == "operator" else acme.users[role])
    client.post("/admin/tenant/", {"tenant": acme.tenant.id})
    own = str(acme.rows[page.model].pk)
    seen = {200, 302} if may else {403}
    assert client.get(address(page, "changelist")).status_code in seen
    assert client.get(address(page, "change", own)).status_code == (200 if may else 403)
    assert (client.get(address(page, "history", own)).status_code == 200) == bool(may)
    assert client.get(address(page, "add")).status_code == (200 if "a" in may else 403)
    changed = client.post(address(page, "change", own), {}).status_code
    assert changed == (200 if "c" in may else 403)
    assert client.get(address(page, "delete", own)).status_code == (200 if "d" in may else 403)
    listed = f'href="{address(page, "changelist")}"' in client.get("/admin/").content.decode()
    assert listed == bool(may)


def test_who_is_removed_once_they_were_let_in_sees_nothing(acme: House) -> None:
    request = RequestFactory().get("/admin/")
    request.user, request.session = acme.users["viewer"], signed_in(acme.users["viewer"]).session
    assert may_enter(request.user)
    Membership.objects.filter(user=acme.users["viewer"]).delete()
    with pytest.raises(PermissionDenied):
        scope_of(request)
