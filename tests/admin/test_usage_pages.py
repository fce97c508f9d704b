from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config.env import ROOT
from endpoints.models import Agent, Endpoint
from tenants.models import User
from tests.admin.asking import PAGES, address, signed_in
from tests.admin.rows import PASSWORD, House
from tests.usage.rows import event
from usage.admin_timing import THINNEST, WIDTH, picture
from usage.models import Call, CallEvent
from usage.rest.serializers import OUTCOMES

EVENTS, CALLS = (
    address(PAGES["usage.callevent"], "changelist"),
    address(PAGES["usage.call"], "changelist"),
)
TIMING = {"connect": 11.2, "first_byte": 182.0, "first_content": 183.1, "total": 1204.7,
          "gateway": 0.9}  # fmt: skip


@pytest.fixture
def owner(acme: House) -> Client:
    return signed_in(acme.users["owner"])


def found(client: Client, path: str, **query: str) -> int:
    return len(client.get(path, query).context["cl"].result_list)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 1),
        ({"outcome": "upstream_error"}, 1),
        ({"outcome": "ok"}, 0),
        ({"provider": "custom-llm"}, 1),
        ({"provider": "custom-voice"}, 0),
        ({"agent": "agt_nobody"}, 0),
        ({"endpoint": "end_nobody"}, 0),
        ({"q": "nothing-like-it"}, 0),
        ({"since": "nonsense"}, 1),
    ],
)
def test_filters_narrow_the_events(owner: Client, query: dict[str, str], count: int) -> None:
    assert found(owner, EVENTS, **query) == count


def test_filters_offer_own_agents_and_endpoints_by_name(acme: House, owner: Client) -> None:
    body = owner.get(EVENTS).content.decode()
    assert f"?agent={acme.rows[Agent].id}" in body
    assert f"?endpoint={acme.rows[Endpoint].id}" in body
    assert found(owner, EVENTS, agent=acme.rows[Agent].id) == 1
    assert found(owner, EVENTS, endpoint=acme.rows[Endpoint].id) == 1
    assert found(owner, CALLS, agent=acme.rows[Agent].id) == 1


def test_dates_include_both_of_their_days(acme: House, owner: Client) -> None:
    day = acme.rows[CallEvent].started_at.date()
    before, after = (day + timedelta(days=shift) for shift in (-1, 1))
    for path in (EVENTS, CALLS):
        assert found(owner, path, since=str(day), until=str(day)) == 1
        assert found(owner, path, since=str(after)) == 0
        assert found(owner, path, until=str(before)) == 0


def test_event_page_tells_outcome_use_and_time(acme: House, owner: Client) -> None:
    event = acme.rows[CallEvent]
    body = owner.get(PAGES["usage.callevent"].page_of(event)).content.decode()
    for text in ("upstream error", "ACMEOWN agent", "ACMEOWN endpoint", "1,204.7 ms", event.call_id,
                 "pb-share-gateway", "ACMEOWN failed", "the endpoint"):  # fmt: skip
        assert text in body


def test_ids_on_the_ledgers_pages_lead_to_what_is_still_there(acme: House, owner: Client) -> None:
    event, call = acme.rows[CallEvent], acme.rows[Call]
    agent, endpoint = acme.rows[Agent], acme.rows[Endpoint]
    path = address(PAGES["usage.callevent"], "change", event.id)
    for row, page in ((agent, "endpoints.agent"), (endpoint, "endpoints.endpoint")):
        link = address(PAGES[page], "change", row.id)
        assert owner.get(link).status_code == 200
        assert f'<a href="{link}"><code>{row.id}</code></a>' in owner.get(path).content.decode()
    link = address(PAGES["endpoints.agent"], "change", agent.id)
    called = owner.get(address(PAGES["usage.call"], "change", call.id)).content.decode()
    assert f'<a href="{link}">{agent.name}</a>' in called
    CallEvent.objects.filter(pk=event.pk).update(agent_id="agt_gone")
    assert "<dd><code>agt_gone</code></dd>" in owner.get(path).content.decode()


def test_call_page_lists_its_dispatches(acme: House, owner: Client) -> None:
    body = owner.get(PAGES["usage.call"].page_of(acme.rows[Call])).content.decode()
    assert PAGES["usage.callevent"].page_of(acme.rows[CallEvent]) in body
    assert owner.get(CALLS).context["cl"].result_list[0].event_count == 1


def test_a_call_that_nobody_named_has_no_id_of_the_caller(acme: House, owner: Client) -> None:
    assert "ACMEOWN-call</td>" in owner.get(CALLS).content.decode()
    Call.objects.filter(id=acme.rows[Call].id).update(external_id="")
    assert ">–</td>" in owner.get(CALLS).content.decode()
    page = owner.get(PAGES["usage.call"].page_of(acme.rows[Call])).content.decode()
    assert "The caller’s id" not in page


def test_event_of_another_tenant_is_no_part_of_a_call_that_it_names(
    acme: House, globex: House, owner: Client
) -> None:
    call = acme.rows[Call]
    CallEvent.objects.filter(id=globex.rows[CallEvent].id).update(call_id=call.id)
    assert owner.get(CALLS).context["cl"].result_list[0].event_count == 1
    assert "GLOBEXCANARY" not in owner.get(PAGES["usage.call"].page_of(call)).content.decode()


@pytest.fixture
def same_day(acme: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are asked for on the day of the tenant's rows, though it may be over."""
    moment = acme.rows[CallEvent].started_at
    monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.mark.usefixtures("same_day")
def test_overview_has_the_figures_of_today(acme: House, owner: Client) -> None:
    latest = acme.rows[CallEvent].started_at.timestamp()
    for provider in ("custom-transcriber", "custom-voice"):
        took = {
            "timing_ms": {"first_content": 31_000.0},
            "tokens_prompt": 0,
            "tokens_completion": 0,
        }
        event(acme.tenant.pk, provider=provider, started_at=latest, final=took)
    context = owner.get("/admin/").context
    figures = context["figures"]
    assert (figures.dispatches, figures.errors) == (3, 1)
    assert (figures.tokens_in, figures.tokens_out, figures.first_content) == (31, 57, 183.1)
    assert [event.id for event in context["failures"]] == [acme.rows[CallEvent].id]


@pytest.mark.usefixtures("same_day")
def test_long_times_are_written_alike_on_every_page(acme: House, owner: Client) -> None:
    event = acme.rows[CallEvent]
    event.timing_ms = TIMING
    event.save()
    for page in ("/admin/", EVENTS, PAGES["usage.call"].page_of(acme.rows[Call])):
        assert ">1,205 ms<" in owner.get(page).content.decode(), page
    body = owner.get(PAGES["usage.callevent"].page_of(event)).content.decode()
    assert "Total <b>1,204.7 ms</b>" in body


@pytest.mark.usefixtures("same_day")
def test_overview_of_an_operator_counts_every_tenant(acme: House, globex: House) -> None:
    client = signed_in(User.objects.create_superuser("operator@example.com", PASSWORD))
    assert client.get("/admin/").context["figures"].dispatches == 2


def test_new_tenant_is_shown_the_steps_to_its_first_call(acme: House, owner: Client) -> None:
    CallEvent.objects.all().delete()
    steps = owner.get("/admin/").context["steps"]
    assert [step.done for step in steps] == [True, True, True, False]
    assert steps[-1].link.endswith("/change/")
    Agent.objects.all().delete()
    Endpoint.objects.all().delete()
    steps = owner.get("/admin/").context["steps"]
    assert [step.done for step in steps] == [False, False, True, False]
    viewer = signed_in(acme.users["viewer"])
    assert not any(step.link for step in viewer.get("/admin/").context["steps"])


def test_picture_shares_out_the_whole_width_and_time() -> None:
    drawn = picture(TIMING, None)
    assert drawn is not None
    assert [share.name for share in drawn.shares] == ["connect", "waiting", "streaming", "gateway"]
    assert sum(share.ms for share in drawn.shares) == pytest.approx(1204.7)
    assert sum(share.width for share in drawn.shares) == pytest.approx(WIDTH)
    assert min(share.width for share in drawn.shares) >= THINNEST
    assert drawn.shares[1].ms == pytest.approx(183.1 - 11.2)


@pytest.mark.parametrize("timing", [{}, {"total": 0.0}, {"connect": 5.0}])
def test_nothing_is_drawn_of_a_dispatch_that_was_not_measured(timing: dict[str, float]) -> None:
    assert picture(timing, None) is None


@pytest.mark.parametrize(
    "timing",
    [
        {"total": 10.0},
        {"total": 10.0, "connect": 20.0},
        {"total": 10.0, "gateway": 20.0, "first_content": 30.0},
        {"total": 10.0, "connect": 6.0, "first_byte": 5.0},
    ],
)
def test_odd_measurements_still_make_a_whole_picture(timing: dict[str, float]) -> None:
    drawn = picture(timing, None)
    assert drawn is not None
    assert sum(share.ms for share in drawn.shares) == pytest.approx(10.0)
    assert all(share.ms > 0 and share.width > 0 for share in drawn.shares)


@pytest.mark.parametrize(
    ("timing", "error", "label"),
    [
        ({}, {"code": "upstream_connect_failed"}, "Connecting to the endpoint"),
        ({}, {"code": "upstream_tls_failed"}, "Connecting to the endpoint"),
        ({}, {"code": "upstream_refused"}, "Connecting to the endpoint"),
        ({}, {"code": "upstream_timeout", "clock": "connect"}, "Connecting to the endpoint"),
        ({}, {"code": "upstream_timeout", "clock": "tls"}, "Connecting to the endpoint"),
        ({}, {"code": "upstream_timeout", "clock": "first_byte"},
         "Waiting for the endpoint's answer"),
        ({}, {"code": "upstream_truncated"}, "Waiting for the endpoint's answer"),
        ({"connect": 0.0}, None, "Waiting for the endpoint's answer"),
        ({}, None, "Reaching the endpoint and waiting for its answer"),
        ({}, {"code": "invalid_request"}, "Patchbay itself"),
        ({"connect": 0.0}, {"code": "invalid_request"}, "Waiting for the endpoint's answer"),
        ({"first_byte": 10.0}, {"code": "upstream_error"}, "Endpoint until its answer began"),
    ],
)  # fmt: skip
def test_a_dispatch_without_content_names_the_phase_that_took_the_time(
    timing: dict[str, float], error: dict[str, str] | None, label: str
) -> None:
    drawn = picture({"total": 10.0, **timing}, error)
    assert drawn is not None
    assert [share.label for share in drawn.shares] == [label]


def test_event_page_tells_a_failed_connect_in_a_sentence_and_as_connecting(
    acme: House, owner: Client
) -> None:
    event = acme.rows[CallEvent]
    event.error = {"code": "upstream_connect_failed", "message": "It could not be reached."}
    event.timing_ms = {"connect": None, "first_byte": None, "first_content": None, "total": 12.5}
    event.save()
    body = owner.get(PAGES["usage.callevent"].page_of(event)).content.decode()
    assert "<p>It could not be reached.</p>" in body
    assert "<dt>message</dt>" not in body
    assert "Connecting to the endpoint <b>12.5 ms</b>" in body


def test_last_day_of_all_filters_nothing(acme: House) -> None:
    viewer = signed_in(acme.users["viewer"])
    page = PAGES["usage.callevent"]
    for days in ({"until": "9999-12-31"}, {"since": "0001-01-01"}):
        assert viewer.get(address(page, "changelist"), days).status_code == 200


def test_outcome_is_written_alike_in_lists_and_on_pages(acme: House, owner: Client) -> None:
    label = '<span class="pb-badge pb-upstream-error">upstream error</span>'
    page = PAGES["usage.callevent"].page_of(acme.rows[CallEvent])
    call = PAGES["usage.call"].page_of(acme.rows[Call])
    for path in (EVENTS, page, call, "/admin/"):
        assert label in owner.get(path).content.decode(), path


def test_every_outcome_has_a_colour_or_is_none_that_needs_one() -> None:
    css = (ROOT / "tenants/static/patchbay/admin.css").read_text()
    for outcome in OUTCOMES:
        known = f".pb-{outcome.replace('_', '-')}" in css
        assert known or outcome == "client_gone", outcome


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("client_gone", "The caller hung up before"), ("lost_process", "The gateway’s process ended")],
)
def test_event_page_says_what_an_outcome_without_an_error_means(
    acme: House, owner: Client, outcome: str, words: str
) -> None:
    event = acme.rows[CallEvent]
    path = PAGES["usage.callevent"].page_of(event)
    assert "What this means" not in owner.get(path).content.decode()
    CallEvent.objects.filter(id=event.id).update(outcome=outcome, error=None)
    body = owner.get(path).content.decode()
    assert "What this means" in body
    assert words in body
