from collections.abc import Iterator
from time import time
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.test import Client

from tenants.admin_signin import GUESSES, GUESSES_OF_ADDRESS, REFUSAL, WINDOW
from tenants.models import Membership, User
from tests.admin.rows import PASSWORD, House

SIGN_IN = "/admin/login/?next=/admin/"


@pytest.fixture(autouse=True)
def no_guesses() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sign_in(email: str, password: str = PASSWORD) -> tuple[Client, int, str]:
    client = Client()
    answer = client.post(SIGN_IN, {"username": email, "password": password})
    return client, answer.status_code, answer.content.decode()


@pytest.mark.parametrize("role", ["owner", "admin", "viewer"])
def test_member_signs_in_by_email_however_it_is_spelled(acme: House, role: str) -> None:
    client, status, _ = sign_in(acme.users[role].email.upper())
    assert status == 302
    assert "ACMEOWN Ltd" in client.get("/admin/").content.decode()


def test_wrong_password_and_unknown_person_get_the_same_answer(acme: House) -> None:
    wrong = sign_in(acme.users["owner"].email, "wrong")
    unknown = sign_in("nobody@example.com", "wrong")
    said = "Wrong e-mail or password."
    assert wrong[1] == unknown[1] == 200
    assert said in wrong[2]
    assert said in unknown[2]


def test_guessing_is_stopped_for_one_person_and_address_only(acme: House) -> None:
    email, other = acme.users["owner"].email, acme.users["viewer"].email
    for _ in range(GUESSES):
        assert "Wrong e-mail or password." in sign_in(email, "wrong")[2]
    assert REFUSAL in sign_in(email, PASSWORD)[2]
    assert sign_in(other)[1] == 302
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post(SIGN_IN, {"username": email, "password": PASSWORD}).status_code == 302
    with patch("django.core.cache.backends.locmem.time.time", return_value=time() + WINDOW + 1):
        assert sign_in(email)[1] == 302


def test_guessing_is_stopped_for_one_address_whoever_is_named(acme: House) -> None:
    owner, viewer = acme.users["owner"].email, acme.users["viewer"].email
    for number in range(GUESSES_OF_ADDRESS - 1):
        sign_in(f"nobody{number}@example.com", "wrong")
    assert sign_in(viewer)[1] == 302
    assert "Wrong e-mail or password." in sign_in(viewer, "wrong")[2]
    assert REFUSAL in sign_in(owner)[2]
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post(SIGN_IN, {"username": owner, "password": PASSWORD}).status_code == 302


def test_guesses_are_not_forgotten_for_many_other_addresses(acme: House) -> None:
    email = acme.users["owner"].email
    for _ in range(GUESSES):
        sign_in(email, "wrong")
    for number in range(2_000):
        cache.set(f"somebody-else-{number}", 1)
    assert REFUSAL in sign_in(email)[2]


def test_empty_password_forgets_no_wrong_one(acme: House) -> None:
    email = acme.users["owner"].email
    for _ in range(GUESSES):
        sign_in(email, "wrong")
        sign_in(email, "")
    assert REFUSAL in sign_in(email, PASSWORD)[2]


def test_right_password_forgets_the_wrong_ones(acme: House) -> None:
    email = acme.users["owner"].email
    for _ in range(3):
        for _ in range(GUESSES - 1):
            sign_in(email, "wrong")
        assert sign_in(email)[1] == 302


def test_person_without_a_tenant_is_told_so_and_stays_out(acme: House) -> None:
    user = User.objects.create_user("alone@example.com", PASSWORD)
    client, status, body = sign_in(user.email)
    assert status == 200
    assert "belongs to no tenant" in body
    assert client.get("/admin/").status_code == 302


def test_person_who_left_the_tenant_is_out_at_once(acme: House) -> None:
    client, _, _ = sign_in(acme.users["admin"].email)
    assert client.get("/admin/usage/callevent/").status_code == 200
    Membership.objects.filter(user=acme.users["admin"]).delete()
    answer = client.get("/admin/usage/callevent/")
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/admin/login/")


def test_inactive_person_is_out_at_once(acme: House) -> None:
    client, _, _ = sign_in(acme.users["admin"].email)
    User.objects.filter(id=acme.users["admin"].id).update(is_active=False)
    assert client.get("/admin/").status_code == 302


def test_pages_are_never_kept_by_a_browser_or_proxy(acme: House) -> None:
    client, _, _ = sign_in(acme.users["owner"].email)
    for path in ("/admin/", "/admin/usage/callevent/"):
        assert "no-store" in client.get(path).headers["cache-control"]


def test_operator_sees_all_tenants_or_the_chosen_one(acme: House, globex: House) -> None:
    operator = User.objects.create_superuser("operator@example.com", PASSWORD)
    client, _, _ = sign_in(operator.email)
    body = client.get("/admin/usage/call/").content.decode()
    assert "ACMEOWN-call" in body
    assert "GLOBEXCANARY-call" in body
    assert client.post("/admin/tenant/", {"tenant": globex.tenant.id}).status_code == 302
    body = client.get("/admin/usage/call/").content.decode()
    assert "ACMEOWN-call" not in body
    assert "GLOBEXCANARY-call" in body
    client.post("/admin/tenant/", {"tenant": ""})
    assert "ACMEOWN-call" in client.get("/admin/usage/call/").content.decode()


def test_member_cannot_choose_to_see_all_tenants(acme: House, globex: House) -> None:
    client, _, _ = sign_in(acme.users["owner"].email)
    assert client.post("/admin/tenant/", {"tenant": ""}).status_code == 404
    assert client.get("/admin/tenant/").status_code == 405


def test_admin_without_its_slash_leads_to_the_admin() -> None:
    assert Client().get("/admin").headers["location"] == "/admin/"
