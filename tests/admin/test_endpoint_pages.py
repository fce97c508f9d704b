import json
import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from endpoints.models import CheckResult, Endpoint, RunStatus, ValidationRun
from endpoints.services.endpoints import endpoint_create
from tenants.models import TenantProvider
from tests.admin.asking import PAGES, address, save, signed_in
from tests.admin.rows import House

PAGE = PAGES["endpoints.endpoint"]
URL = "https://llm.acme-models.com/v1/chat/completions"
TOKEN = "sk-canary-0123456789-9f2c"
FILLED = {
    "name": "House model", "channel": "llm", "wire_format": "openai-chat", "url": URL,
    "model": "house-7b", "auth_type": "bearer", "auth_bearer_token": TOKEN,
}  # fmt: skip


@pytest.fixture
def owner(acme: House) -> Client:
    return signed_in(acme.users["owner"])


def add(client: Client, **changed: str) -> Any:
    return client.post(address(PAGE, "add"), {**FILLED, **changed})


def change(client: Client, endpoint: Endpoint, **changed: str) -> Any:
    filled = {**FILLED, "auth_bearer_token": "", **changed}
    return save(client, address(PAGE, "change", endpoint.id), filled)


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200, response.headers.get("location")
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found


def said(response: HttpResponse) -> list[str]:
    return [str(each) for each in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


def made(acme: House) -> Endpoint:
    return Endpoint.objects.get(tenant=acme.tenant, name="House model")


def test_saved_endpoint_leads_to_its_page_where_the_validation_is_under_way(
    acme: House, owner: Client
) -> None:
    response = add(owner, timeout_first_byte="20")
    endpoint = made(acme)
    assert response.headers["location"] == PAGE.page_of(endpoint)
    assert endpoint.timeouts == {"first_byte": 20.0}
    body = owner.get(PAGE.page_of(endpoint)).content.decode()
    assert "Waiting for a worker" in body
    assert "data-unfinished" in body
    assert PAGE.page_of(endpoint).replace("change/", "validation/") in body


def test_token_goes_in_and_never_comes_out(acme: House, owner: Client) -> None:
    add(owner)
    endpoint = made(acme)
    assert endpoint.provider is not None
    assert TOKEN in endpoint.provider.secrets.reveal()
    shown = {PAGE.page_of(endpoint): "•••• 9f2c, updated", address(PAGE, "changelist"): "•••• 9f2c"}
    for path, text in shown.items():
        body = owner.get(path).content.decode()
        assert TOKEN not in body
        assert text in body


def test_bounds_of_a_clock_are_told_by_channel_where_they_differ(owner: Client) -> None:
    form = owner.get(address(PAGE, "add")).context["adminform"].form
    told = {name: form.fields[f"timeout_{name}"].help_text for name in ("connect", "first_byte")}
    assert told["connect"] == "Seconds. Default 3; 0.2 to 10."
    assert told["first_byte"].startswith("Seconds. LLM: default 15; 0.5 to 120. Voice")
    assert "default 5; 0.5 to 60." in told["first_byte"]


def test_wrong_form_is_shown_again_without_the_token(owner: Client) -> None:
    body = add(owner, url="http://llm.acme-models.com/v1").content.decode()
    assert TOKEN not in body
    assert "house-7b" in body


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("url", {"url": "http://llm.acme-models.com/v1"}),
        ("url", {"url": "https://169.254.169.254/latest"}),
        ("more_urls", {"more_urls": "https://10.0.0.1/v1"}),
        ("timeout_first_byte", {"timeout_first_byte": "100000"}),
        ("auth_bearer_token", {"auth_bearer_token": "Bearer abc"}),
        ("auth_bearer_token", {"auth_bearer_token": ""}),
        ("auth_header_header", {"auth_type": "header", "auth_header_header": "host",
                                "auth_header_value": "0123456789"}),
        ("setting_openai-chat_drop_fields", {"setting_openai-chat_drop_fields": "true"}),
        ("name", {"name": ""}),
        ("wire_format", {"wire_format": "nonsense"}),
        ("wire_format", {"channel": "voice"}),
    ],
)  # fmt: skip
def test_what_the_service_refuses_is_shown_at_its_field(
    owner: Client, field: str, wrong: dict[str, str]
) -> None:
    before = Endpoint.objects.count(), TenantProvider.objects.count()
    assert list(errors(add(owner, **wrong))) == [field]
    assert (Endpoint.objects.count(), TenantProvider.objects.count()) == before


def test_sentence_about_plain_http_is_the_services_own(acme: House, owner: Client) -> None:
    sentence = errors(add(owner, url="http://llm.acme-models.com/v1"))["url"]
    with pytest.raises(Exception) as refusal:  # noqa: PT011 - its text is what is compared
        endpoint_create(tenant=acme.tenant, channel="llm", name="x", wire_format="openai-chat",
                        urls=["http://llm.acme-models.com/v1"])  # fmt: skip
    assert sentence == refusal.value.message_dict["url"]


def test_plan_without_endpoints_is_told_before_there_is_a_form(acme: House, owner: Client) -> None:
    form = address(PAGE, "add")
    assert owner.get(form).status_code == 200
    acme.tenant.plan_name = "free"
    acme.tenant.save()
    response = owner.get(form, follow=True)
    assert response.redirect_chain == [(address(PAGE, "changelist"), 302)]
    assert "part of the Pro and Enterprise plans" in response.content.decode()


def test_line_above_a_wrong_form_names_its_fields_and_leads_to_them(owner: Client) -> None:
    body = add(owner, name="", timeout_first_byte="100000").content.decode()
    assert "Look at: " in body
    line = body.partition("Look at: ")[2].partition("</p>")[0]
    assert re.findall(r'href="#(\w+)">([^<]+)<', line) == [("id_name", "Name")]
    assert 'id="id_name"' in body
    body = add(owner, url="http://llm.acme-models.com/v1", timeout_first_byte="100000").content
    line = body.decode().partition("Look at: ")[2].partition("</p>")[0]
    assert re.findall(r">([^<]+)</a>", line) == ["URL", "First byte"]


def test_plan_without_endpoints_is_told_above_the_form(acme: House, owner: Client) -> None:
    acme.tenant.plan_name = "free"
    acme.tenant.save()
    assert "Pro and Enterprise" in str(errors(add(owner))["__all__"])
    assert "Pro and Enterprise" in owner.get("/admin/").content.decode()


def test_empty_token_keeps_the_stored_one(acme: House, owner: Client) -> None:
    add(owner)
    endpoint = made(acme)
    assert change(owner, endpoint, name="House model").status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.version == 1
    assert endpoint.provider is not None
    assert TOKEN in endpoint.provider.secrets.reveal()


def test_another_host_drops_the_token_and_says_so(acme: House, owner: Client) -> None:
    add(owner)
    endpoint = made(acme)
    response = change(owner, endpoint, url="https://evil.example.org/v1/chat/completions")
    assert response.status_code == 302
    assert any("credential was dropped" in each for each in said(response))
    endpoint.refresh_from_db()
    assert endpoint.provider is None


def test_new_token_replaces_the_old_one(acme: House, owner: Client) -> None:
    add(owner)
    change(owner, made(acme), auth_bearer_token="sk-other-0123456789-77ab")
    provider = made(acme).provider
    assert provider is not None
    assert "sk-other" in provider.secrets.reveal()
    assert provider.last4 == "77ab"


def test_no_authentication_takes_the_token_away(acme: House, owner: Client) -> None:
    add(owner)
    change(owner, made(acme), auth_type="none")
    assert made(acme).provider is None


def test_stored_credential_is_offered_and_used(acme: House, owner: Client) -> None:
    own = acme.rows[TenantProvider]
    chosen = {"auth_type": "provider", "auth_provider": own.id, "auth_bearer_token": ""}
    found = errors(add(owner, **chosen))
    assert "may not be sent" in str(found["auth_provider"])
    TenantProvider.objects.filter(id=own.id).update(hosts=["llm.acme-models.com"])
    assert add(owner, **chosen).status_code == 302
    assert made(acme).provider == own
    body = owner.get(PAGE.page_of(made(acme))).content.decode()
    assert f'<option value="{own.id}" selected>' in body


def test_settings_are_filled_in_as_they_were_saved(acme: House, owner: Client) -> None:
    names = {
        "setting_openai-chat_include_usage": "false",
        "setting_openai-chat_drop_fields": "seed, logprobs",
        "setting_openai-chat_forward_caller_fields": "true",
    }
    add(owner, **names)
    endpoint = made(acme)
    assert endpoint.settings == {
        "include_usage": False,
        "drop_fields": ["seed", "logprobs"],
        "forward_caller_fields": True,
    }
    form = owner.get(PAGE.page_of(endpoint)).context["adminform"].form
    assert {name: form[name].value() for name in names} == names
    change(owner, endpoint)
    endpoint.refresh_from_db()
    assert endpoint.settings == {}


def test_number_is_a_setting_too(acme: House, owner: Client) -> None:
    name = "setting_anthropic-messages_max_tokens"
    add(owner, wire_format="anthropic-messages", **{name: "900"})
    endpoint = made(acme)
    assert endpoint.settings == {"max_tokens": 900}
    form = owner.get(PAGE.page_of(endpoint)).context["adminform"].form
    assert form[name].value() == "900"


def test_object_is_a_setting_too(acme: House, owner: Client) -> None:
    name, other = "setting_gemini_add_fields", {"wire_format": "gemini", "model": "m"}
    assert owner.get(address(PAGE, "add")).context["adminform"].form[name].value() is None
    assert list(errors(add(owner, **other, **{name: "{nonsense"}))) == [name]
    assert list(errors(add(owner, **other, **{name: "[1]"}))) == [name]
    add(owner, **other, **{name: '{"generationConfig": {"topK": 5}}'})
    endpoint = made(acme)
    assert endpoint.settings == {"add_fields": {"generationConfig": {"topK": 5}}}
    form = owner.get(PAGE.page_of(endpoint)).context["adminform"].form
    assert json.loads(form[name].value()) == endpoint.settings["add_fields"]


@pytest.mark.parametrize(
    "typed",
    ["[" * 50_000, '{"a":' * 50_000, '{"a":' * 300 + "1" + "}" * 300, '{"a": NaN}', '{"a": 1e999}',
     '{"a": "\\ud800"}', '{"a": "\\u0000"}', '{"a": ' + "1" * 5000 + "}"],
    ids=["open", "deep", "closed", "nan", "infinite", "surrogate", "nul", "digits"],
)  # fmt: skip
def test_object_that_cannot_be_kept_is_refused_at_its_field(
    acme: House, owner: Client, typed: str
) -> None:
    name = "setting_gemini_add_fields"
    answer = add(owner, wire_format="gemini", model="m", **{name: typed})
    assert list(errors(answer)) == [name]
    assert answer.context["adminform"].form[name].value() == typed


def test_list_asks_the_database_no_more_for_many_rows_than_for_few(
    acme: House, owner: Client
) -> None:
    asked = []
    for more in (3, 20):
        for _ in range(more):
            add(owner)
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(address(PAGE, "changelist")).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_word_is_a_setting_too(acme: House, owner: Client) -> None:
    name = "setting_vapi-llm_metadata"
    assert list(errors(add(owner, wire_format="vapi-llm", **{name: "all"}))) == [name]
    add(owner, wire_format="vapi-llm", **{name: "off"})
    endpoint = made(acme)
    assert endpoint.settings == {"metadata": "off"}
    form = owner.get(PAGE.page_of(endpoint)).context["adminform"].form
    assert form[name].value() == "off"
    assert form.fields[name].choices[0] == ("", "Default (variable)")


def test_text_is_a_setting_too_and_may_hold_a_comma(acme: House, owner: Client) -> None:
    name = "setting_openai-speech_voice"
    add(owner, channel="voice", wire_format="openai-speech", **{name: "Ann, calm"})
    endpoint = made(acme)
    assert endpoint.settings == {"voice": "Ann, calm"}
    form = owner.get(PAGE.page_of(endpoint)).context["adminform"].form
    assert form[name].value() == "Ann, calm"
    change(owner, endpoint, channel="voice", wire_format="openai-speech")
    endpoint.refresh_from_db()
    assert endpoint.settings == {}


def test_new_endpoint_is_taken_to_speak_its_channels_own_format(owner: Client) -> None:
    form = owner.get(address(PAGE, "add")).context["adminform"].form
    groups = dict(form.fields["wire_format"].choices)
    assert [name for name, _ in groups["LLM"]][0] == "openai-chat"


def test_form_says_how_the_url_of_each_channel_begins(owner: Client) -> None:
    said = owner.get(address(PAGE, "add")).context["adminform"].form.fields["url"].help_text
    assert {"https://", "wss://."} <= set(said.replace(",", "").split())


def test_form_says_what_callers_of_another_format_lose(owner: Client) -> None:
    body = owner.get(address(PAGE, "add")).content.decode()
    assert (
        '<span data-when="wire_format=anthropic-messages"><br>Callers of OpenAI Chat Completions'
        " can be answered too, but for: several answers to one request, "
    ) in body
    assert (
        '<span data-when="wire_format=rymi-tts"><br>Callers of jambonz TTS can be answered too, but'
        " for: SSML: its tags are taken out" in body
    )


def test_query_of_a_url_is_hidden_and_kept(acme: House, owner: Client) -> None:
    add(owner, url=URL + "?sig=planted-signature")
    endpoint = made(acme)
    body = owner.get(PAGE.page_of(endpoint)).content.decode()
    assert "planted-signature" not in body
    assert f"{URL}?…" in body
    change(owner, endpoint, url=f"{URL}?…", model="other")
    assert endpoint.targets.get().full_url == URL + "?sig=planted-signature"


def test_validate_again_begins_a_run_and_leads_back(acme: House, owner: Client) -> None:
    endpoint = acme.rows[Endpoint]
    before = ValidationRun.objects.filter(endpoint=endpoint).count()
    path = PAGE.page_of(endpoint).replace("change/", "validate/")
    assert owner.get(path).status_code == 405
    assert owner.post(path).headers["location"] == PAGE.page_of(endpoint)
    assert ValidationRun.objects.filter(endpoint=endpoint).count() == before + 1


def test_viewer_cannot_validate_and_sees_no_form(acme: House) -> None:
    viewer, endpoint = signed_in(acme.users["viewer"]), acme.rows[Endpoint]
    path = PAGE.page_of(endpoint).replace("change/", "validate/")
    assert viewer.post(path).status_code == 404
    body = viewer.get(PAGE.page_of(endpoint)).content.decode()
    assert "ACMEOWN check" in body
    assert "Validate again" not in body
    assert 'name="url"' not in body


def test_fragment_tells_each_check_and_stops_asking_when_all_is_done(
    acme: House, owner: Client
) -> None:
    endpoint, run = acme.rows[Endpoint], acme.rows[ValidationRun]
    path = PAGE.page_of(endpoint).replace("change/", "validation/")
    ValidationRun.objects.filter(id=run.id).update(status=RunStatus.RUNNING)
    body = owner.get(path).content.decode()
    assert "data-unfinished" in body
    assert "ACMEOWN saw nothing" in body
    ValidationRun.objects.filter(id=run.id).update(status=RunStatus.FAILED)
    body = owner.get(path).content.decode()
    assert "data-unfinished" not in body
    for text in ("ACMEOWN check", "ACMEOWN saw nothing", "ACMEOWN hint", "curl ACMEOWN", "failed"):
        assert text in body


def test_endpoint_in_use_stays_and_says_who_uses_it(acme: House, owner: Client) -> None:
    endpoint = acme.rows[Endpoint]
    response = owner.post(address(PAGE, "delete", endpoint.id), {"post": "yes"})
    assert response.status_code == 302
    assert any("ACMEOWN agent" in each for each in said(response))
    assert Endpoint.objects.filter(id=endpoint.id).exists()


def test_unused_endpoint_is_deleted_with_its_credential(acme: House, owner: Client) -> None:
    add(owner)
    endpoint = made(acme)
    assert owner.get(address(PAGE, "delete", endpoint.id)).status_code == 200
    owner.post(address(PAGE, "delete", endpoint.id), {"post": "yes"})
    assert not Endpoint.objects.filter(id=endpoint.id).exists()
    assert not TenantProvider.objects.filter(owner_endpoint_id=endpoint.id).exists()


def test_result_folds_what_passed_and_writes_backticks_as_code(acme: House, owner: Client) -> None:
    run = acme.rows[ValidationRun]
    CheckResult.objects.create(
        run=run, position=1, name="done", label="End mark", status="passed",
        summary="`data: [DONE]` <ends> it", hint="an odd ` mark",
    )  # fmt: skip
    ValidationRun.objects.filter(id=run.id).update(status=RunStatus.FAILED)
    told = owner.get(
        PAGE.page_of(acme.rows[Endpoint]).replace("change/", "validation/")
    ).content.decode()
    shown, _, folded = told.partition('<details class="pb-folded"')
    assert "ACMEOWN saw nothing" in shown
    assert "<code>data: [DONE]</code> &lt;ends&gt; it" in folded
    assert "an odd ` mark" in folded


def test_result_counts_what_passed_and_says_why_the_rest_was_skipped(
    acme: House, owner: Client
) -> None:
    run = acme.rows[ValidationRun]
    rows = [
        ("tls", "Certificate", "passed", "Good until May."),
        ("chunks", "Chunk schema", "skipped", "There was no `stream`."),
        ("usage", "Usage", "skipped", "There was no `stream`."),
        ("reply", "Whole reply", "skipped", "It was not asked for."),
    ]
    for at, (name, label, status, summary) in enumerate(rows, 1):
        CheckResult.objects.create(
            run=run, position=at, name=name, label=label, status=status, summary=summary
        )
    told = owner.get(
        PAGE.page_of(acme.rows[Endpoint]).replace("change/", "validation/")
    ).content.decode()
    shown, _, folded = told.partition('<details class="pb-folded"')
    assert "<summary>1 check passed, 3 checks skipped</summary>" in folded
    assert "Skipped: Chunk schema, Usage. There was no <code>stream</code>." in shown
    assert "Skipped: Whole reply. It was not asked for." in shown


def test_evidence_reads_like_the_exchange_it_was(acme: House, owner: Client) -> None:
    evidence = {
        "request": {"method": "POST", "url": URL, "headers": {"accept": "*/*"}, "body": "{}"},
        "response": {"status": 200, "headers": {"server": "x"}, "body": "hello", "body_cut": True,
                     "arrivals": [0.1, 0.25], "failure": {"code": "late", "detail": "too late"}},
        "curl": "curl -N https://example.com",
    }  # fmt: skip
    acme.rows[ValidationRun].checks.update(evidence=evidence)
    body = owner.get(PAGE.page_of(acme.rows[Endpoint])).content.decode()
    expected = (
        f"POST {URL}\naccept: */*\n\n{{}}",
        "HTTP 200\nserver: x\n\nhello",
        "late: too late",
        "(the rest is not kept)",
        "after 0.1, 0.25 s.",
        "curl -N https://example.com",
    )
    assert not [text for text in expected if text not in body]
    acme.rows[ValidationRun].checks.update(evidence={"response": {"status": None, "failure": None}})
    assert "No answer." in owner.get(PAGE.page_of(acme.rows[Endpoint])).content.decode()


def test_a_conversation_reads_line_by_line(acme: House, owner: Client) -> None:
    evidence = {
        "messages": [
            {"at": 0.1, "from": "patchbay", "until": 2.1, "binary": {"messages": 102, "bytes": 5}},
            {"left_out": 3},
            {"at": 2.2, "from": "endpoint", "text": "<b>hello"},
            {"at": 2.3, "from": "endpoint", "close": 1011, "reason": "so it is"},
        ],
        "command": "python examples/play_sentence.py",
    }
    acme.rows[ValidationRun].checks.update(evidence=evidence)
    body = owner.get(PAGE.page_of(acme.rows[Endpoint])).content.decode()
    expected = (
        "0.100 → 102 binary messages, 5 bytes, until 2.100\n         … 3 lines are not kept\n",
        "2.200 ← &lt;b&gt;hello\n   2.300 ← close 1011 so it is",
        "python examples/play_sentence.py",
    )
    assert not [text for text in expected if text not in body]
