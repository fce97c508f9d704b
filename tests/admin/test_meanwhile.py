"""A page that was opened before somebody else's change does not set it back."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from endpoints.models import Agent, Endpoint
from endpoints.services.agents import agent_update
from endpoints.services.endpoints import endpoint_update
from tenants import services
from tenants.models import Membership, Role, Tenant, TenantProvider, User
from tests.admin.asking import PAGES, opened, signed_in
from tests.admin.rows import PASSWORD, House
from wire.registry import wire_choices_of

AGENTS, ENDPOINTS = PAGES["endpoints.agent"], PAGES["endpoints.endpoint"]
HOST = "acmeown.example.com"
SECRET = "sk-another-0123456789-77ab"


@pytest.fixture
def owner(acme: House) -> Client:
    return signed_in(acme.users["owner"])


def as_a_browser(client: Client, path: str) -> dict[str, str]:
    """What a browser posts when the page is saved as it was opened."""
    form = client.get(path).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    posted = {
        name: str(value).replace("\n", "\r\n")
        for name, value in values.items()
        if value is not None
    }
    return {**posted, "opened": form.opened}


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200, response.headers.get("location")
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found


def again(response: Any, **typed: str) -> dict[str, str]:
    """What is posted when a page that was refused is saved as it is shown."""
    form = response.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {
        **{name: str(value) for name, value in values.items() if value is not None},
        "opened": form.opened,
        **typed,
    }


def test_page_that_is_saved_as_it_was_opened_is_current(acme: House, owner: Client) -> None:
    endpoint = acme.rows[Endpoint]
    endpoint_update(
        tenant=acme.tenant, endpoint=endpoint, urls=[f"https://{HOST}/a", f"https://{HOST}/b",
        f"https://{HOST}/c"], timeouts={"first_byte": 20}, settings={"drop_fields": ["a", "b"]},
    )  # fmt: skip
    services.provider_update(tenant=acme.tenant, provider=acme.rows[TenantProvider],
                             hosts=[HOST, "b.example.com"],
                             auth={"type": "bearer", "token": SECRET})  # fmt: skip
    for model in (Agent, Endpoint, TenantProvider, Membership, Tenant):
        page = PAGES[model._meta.label_lower]
        path = page.page_of(acme.rows[model])
        assert owner.post(path, as_a_browser(owner, path)).status_code == 302


def test_slot_that_was_changed_since_the_page_was_opened_is_not_set_back(
    acme: House, owner: Client
) -> None:
    agent, path = acme.rows[Agent], AGENTS.page_of(acme.rows[Agent])
    mine = as_a_browser(owner, path)
    agent_update(tenant=acme.tenant, agent=agent, slots={"llm": None})
    response = owner.post(path, {**mine, "name": "Front desk"})
    found = errors(response)
    assert found["llm"] == ["Somebody else changed it. It was “ACMEOWN endpoint”."]
    assert "changed this agent after you opened the page: LLM." in str(found["__all__"])
    agent.refresh_from_db()
    assert (agent.name, agent.llm) == ("ACMEOWN agent", None)

    assert owner.post(path, again(response)).status_code == 302
    agent.refresh_from_db()
    assert (agent.name, agent.llm) == ("Front desk", None)


def test_refusal_stands_above_all_that_an_agents_page_has_beside_its_form(
    acme: House, owner: Client
) -> None:
    path = AGENTS.page_of(acme.rows[Agent])
    body = owner.get(path).content.decode()
    assert body.index("Hosted URLs") < body.index('name="llm"')
    body = owner.post(path, {"name": "", "llm": ""}).content.decode()
    assert body.index("Look at: ") < body.index('name="llm"') < body.index("Hosted URLs")


def test_what_both_changed_shows_both(acme: House, owner: Client) -> None:
    agent, path = acme.rows[Agent], AGENTS.page_of(acme.rows[Agent])
    mine = as_a_browser(owner, path)
    agent_update(tenant=acme.tenant, agent=agent, name="Night desk")
    response = owner.post(path, {**mine, "name": "Front desk"})
    assert errors(response)["name"] == ["Meanwhile somebody else made it “Night desk”."]
    assert 'value="Front desk"' in response.content.decode()
    assert owner.post(path, again(response)).status_code == 302
    agent.refresh_from_db()
    assert agent.name == "Front desk"


def test_third_change_is_told_to_who_saves_again(acme: House, owner: Client) -> None:
    agent, path = acme.rows[Agent], AGENTS.page_of(acme.rows[Agent])
    mine = as_a_browser(owner, path)
    agent_update(tenant=acme.tenant, agent=agent, name="Night desk")
    response = owner.post(path, {**mine, "name": "Front desk"})
    agent_update(tenant=acme.tenant, agent=agent, name="Day desk")
    assert "“Day desk”" in str(errors(owner.post(path, again(response)))["name"])


def test_mistake_in_the_form_does_not_make_the_page_a_new_one(acme: House, owner: Client) -> None:
    agent, path = acme.rows[Agent], AGENTS.page_of(acme.rows[Agent])
    mine = as_a_browser(owner, path)
    agent_update(tenant=acme.tenant, agent=agent, slots={"llm": None})
    response = owner.post(path, {**mine, "name": ""})
    assert list(errors(response)) == ["name"]
    assert "llm" in errors(owner.post(path, again(response, name="Front desk")))


def test_page_says_in_itself_what_it_showed(acme: House, owner: Client) -> None:
    path = AGENTS.page_of(acme.rows[Agent])
    body = owner.get(path).content.decode()
    found = re.search(r'name="opened" value="([^"]*)"', body)
    assert found is not None
    assert unescape(found[1]) == opened(owner, path)
    form = re.search(r'<form[^>]*id="agent_form".*?</form>', body, re.DOTALL)
    assert form is not None
    assert found[0] in form[0]


@pytest.mark.parametrize(
    "said",
    ["", "nonsense", "[]", '"x"', "null", '{"name": 3}', "[" * 50_000, '{"name":' * 50_000,
     '{"name": "\\ud800"}', '{"name":' + "[" * 950 + "]" * 950 + "}"],
    ids=range(10),
)  # fmt: skip
def test_page_that_says_nothing_readable_is_taken_for_an_old_one(
    acme: House, owner: Client, said: str
) -> None:
    path = AGENTS.page_of(acme.rows[Agent])
    found = errors(owner.post(path, {"opened": said, "name": "Front desk", "llm": ""}))
    assert set(found) == {"name", "llm", "__all__"}


def test_second_click_on_save_finds_what_the_first_one_saved(acme: House, owner: Client) -> None:
    endpoint, path = acme.rows[Endpoint], ENDPOINTS.page_of(acme.rows[Endpoint])
    mine = {**as_a_browser(owner, path), "model": "house-8b", "auth_type": "bearer",
            "auth_bearer_token": SECRET}  # fmt: skip
    for _ in range(2):
        assert owner.post(path, mine).status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.model == "house-8b"


def test_everything_of_an_endpoint_is_held_against_the_page(acme: House, owner: Client) -> None:
    endpoint, path = acme.rows[Endpoint], ENDPOINTS.page_of(acme.rows[Endpoint])
    mine = as_a_browser(owner, path)
    endpoint_update(
        tenant=acme.tenant, endpoint=endpoint, wire_format="azure-openai", model="gpt",
        urls=[f"https://{HOST}/a", f"https://{HOST}/b"], timeouts={"first_byte": 20.0},
        auth={"type": "bearer", "token": SECRET},
    )  # fmt: skip
    response = owner.post(path, {**mine, "name": "House model"})
    changed = {"wire_format", "model", "url", "more_urls", "timeout_first_byte", "auth_type",
               "auth_provider", "__all__"}  # fmt: skip
    assert set(errors(response)) == changed
    label = dict(wire_choices_of("llm"))["openai-chat"]
    assert errors(response)["wire_format"] == [f"Somebody else changed it. It was “{label}”."]
    assert owner.post(path, again(response)).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.wire_format, endpoint.model) == (
        "House model", "azure-openai", "gpt"
    )  # fmt: skip
    assert [each.url for each in endpoint.targets.all()] == [f"https://{HOST}/a",
                                                             f"https://{HOST}/b"]  # fmt: skip
    assert endpoint.timeouts == {"first_byte": 20.0}
    assert endpoint.provider is not None
    assert SECRET in endpoint.provider.secrets.reveal()


def test_another_spelling_of_the_same_is_nothing_that_was_typed(acme: House, owner: Client) -> None:
    endpoint, path = acme.rows[Endpoint], ENDPOINTS.page_of(acme.rows[Endpoint])
    urls = [f"https://{HOST}/{name}" for name in "abc"]
    endpoint_update(
        tenant=acme.tenant, endpoint=endpoint, urls=urls, timeouts={"first_byte": 20}
    )  # fmt: skip
    mine = {**as_a_browser(owner, path), "timeout_first_byte": "20.00"}
    endpoint_update(
        tenant=acme.tenant, endpoint=endpoint, urls=urls[:1], timeouts={"first_byte": 30}
    )  # fmt: skip
    found = errors(owner.post(path, mine))
    assert found["timeout_first_byte"] == ["Somebody else changed it. It was “20”."]
    assert found["more_urls"] == [f"Somebody else changed it. It was “{urls[1]}\n{urls[2]}”."]


def test_secret_that_both_gave_is_not_replaced_unseen(acme: House, owner: Client) -> None:
    row = acme.rows[TenantProvider]
    path = PAGES["tenants.tenantprovider"].page_of(row)
    mine = as_a_browser(owner, path)
    theirs = {"type": "bearer", "token": "sk-theirs-0123456789-11aa"}
    services.provider_update(tenant=acme.tenant, provider=row, auth=theirs)
    response = owner.post(path, {**mine, "auth_bearer_token": SECRET})
    told = " ".join(errors(response)["auth_bearer_token"])
    assert "made it “•••• 11aa, updated" in told
    assert "Type it again" in told
    assert SECRET not in response.content.decode()
    row.refresh_from_db()
    assert "sk-theirs" in row.secrets.reveal()
    assert owner.post(path, again(response, auth_bearer_token=SECRET)).status_code == 302
    row.refresh_from_db()
    assert SECRET in row.secrets.reveal()


def test_secret_that_somebody_else_gave_is_kept_by_who_gives_none(
    acme: House, owner: Client
) -> None:
    row = acme.rows[TenantProvider]
    path = PAGES["tenants.tenantprovider"].page_of(row)
    mine = as_a_browser(owner, path)
    services.provider_update(
        tenant=acme.tenant, provider=row, auth={"type": "bearer", "token": SECRET}
    )
    assert owner.post(path, {**mine, "name": "Gateway"}).status_code == 302
    row.refresh_from_db()
    assert (row.name, SECRET in row.secrets.reveal()) == ("Gateway", True)


def test_secret_that_was_typed_beside_a_mistake_is_not_forgotten_silently(
    acme: House, owner: Client
) -> None:
    path = PAGES["tenants.tenantprovider"].page_of(acme.rows[TenantProvider])
    mine = as_a_browser(owner, path)
    response = owner.post(path, {**mine, "hosts": "no host!", "auth_bearer_token": SECRET})
    assert "Type it again" in str(errors(response)["auth_bearer_token"])
    assert SECRET not in response.content.decode()


def test_role_and_plan_are_held_against_the_page(acme: House) -> None:
    operator = signed_in(User.objects.create_superuser("operator@example.com", PASSWORD))
    member = acme.rows[Membership]
    paths = [PAGES["tenants.membership"].page_of(member),
             PAGES["tenants.tenant"].page_of(acme.tenant)]  # fmt: skip
    mine = [as_a_browser(operator, path) for path in paths]
    services.member_set_role(tenant=acme.tenant, membership=member, role=Role.OWNER)
    services.plan_set(tenant=acme.tenant, plan="enterprise")
    told = errors(operator.post(paths[0], {**mine[0], "role": "admin"}))
    assert told["role"] == ["Meanwhile somebody else made it “Owner”."]
    told = errors(operator.post(paths[1], {**mine[1], "name": "Acme Group"}))
    assert told["plan"] == ["Somebody else changed it. It was “Pro”."]
    member.refresh_from_db()
    acme.tenant.refresh_from_db()
    assert (member.role, acme.tenant.plan_name) == ("owner", "enterprise")
