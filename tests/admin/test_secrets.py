"""No page shows a secret, whoever looks."""

import pytest

from tenants.models import ApiKey, User
from tests.admin.asking import PAGES, address, signed_in
from tests.admin.rows import PASSWORD, House


@pytest.mark.parametrize("role", ["owner", "viewer", "operator"])
def test_no_page_holds_a_secret_or_what_stands_for_one(role: str, acme: House) -> None:
    operator = User.objects.create_superuser("operator@example.com", PASSWORD)
    client = signed_in(operator if role == "operator" else acme.users[role])
    planted = [
        acme.token, acme.key_text, acme.rows[ApiKey].digest, "ACMEOWN-sig",
        *User.objects.values_list("password", flat=True),
    ]  # fmt: skip
    paths = ["/admin/"]
    for page in PAGES.values():
        own = str(acme.rows[page.model].pk)
        paths += [address(page, "changelist"), address(page, "add")]
        paths += [address(page, view, own) for view in ("change", "history", "delete")]
    paths.append(address(PAGES["endpoints.endpoint"], "validation", acme.ids[5]))
    shown = 0
    for path in paths:
        response = client.get(path)
        body = response.content.decode()
        shown += response.status_code == 200
        assert not [secret for secret in planted if secret in body], path
    assert shown >= 15
