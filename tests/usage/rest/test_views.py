"""Usage over REST: what a tenant's key sees, and what it never does."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tenants.models import Tenant
from tests.tenants.rest.client import Caller
from tests.usage.rows import event
from usage.models import Call, CallEvent
from usage.selectors import MOST_DISPATCHES, MOST_TURNS

NOON = datetime(2026, 11, 19, 12, tzinfo=UTC).timestamp()


def ids(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [each["id"] for each in answer["data"]]


def test_an_event_has_the_shape_of_the_contract(acme: Tenant, caller: Caller) -> None:
    row = event(acme.pk, started_at=NOON)
    answer = caller.get(f"/api/v1/events/{row.pk}")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": row.pk, "type": "provider_usage", "provider": "custom-llm",
        "agent": "agt_reception", "endpoint": "end_house", "call": row.call_id,
        "dispatch": row.dispatch_id, "format": {"in": "openai-chat", "out": "openai-chat"},
        "outcome": "ok", "status": 200, "attempts": 1, "bytes_in": 812, "bytes_out": 9120,
        "tokens": {"prompt": 31, "completion": 57, "reasoning": 0, "source": "reported"},
        "characters": None, "audio_ms": None,
        "timing_ms": {"connect": 11.2, "first_byte": 182.0, "first_content": 183.1,
                      "total": 1204.7, "gateway": 0.9},
        "error": None, "details": None,
        "started_at": "2026-11-19T12:00:00Z", "ended_at": "2026-11-19T12:00:01.204700Z",
    }  # fmt: skip


def test_an_event_tells_what_only_its_channel_has_to_tell(acme: Tenant, caller: Caller) -> None:
    spoken = event(
        acme.pk, provider="custom-voice",
        final={"characters": 21, "audio_ms": 1375.0, "details": {"rate": 24000}},
    )  # fmt: skip
    answer = caller.get(f"/api/v1/events/{spoken.pk}").json()
    assert (answer["characters"], answer["audio_ms"]) == (21, 1375.0)
    assert answer["details"] == {"rate": 24000}


def test_usage_sums_characters_and_audio_per_provider(acme: Tenant, caller: Caller) -> None:
    for audio in (1000.0, 500.5):
        voice = {"characters": 20, "audio_ms": audio}
        event(acme.pk, started_at=NOON, provider="custom-voice", final=voice)
    heard = {"audio_ms": 60_000.0, "bytes_in": 1_920_000}
    event(acme.pk, started_at=NOON, provider="custom-transcriber", bytes_in=0, final=heard)
    days = caller.get("/api/v1/usage?since=2026-11-19&until=2026-11-19").json()["data"]
    assert [
        (day["provider"], day["characters"], day["audio_ms"], day["bytes_in"]) for day in days
    ] == [("custom-transcriber", 0, 60_000.0, 1_920_000), ("custom-voice", 40, 1500.5, 1624)]


def test_events_are_listed_newest_first_by_page(acme: Tenant, caller: Caller) -> None:
    rows = [event(acme.pk, started_at=NOON + number) for number in range(3)]
    first = caller.get("/api/v1/events?limit=2").json()
    assert ids(first) == [rows[2].pk, rows[1].pk]
    assert first["has_more"]
    rest = caller.get(f"/api/v1/events?limit=2&cursor={first['next_cursor']}").json()
    assert ids(rest) == [rows[0].pk]
    assert not rest["has_more"]


@pytest.mark.parametrize(
    ("query", "finds_other"),
    [
        ("type=provider_usage", True),
        ("agent=agt_1", False),
        ("call=call_1", False),
        ("endpoint=end_1", False),
        ("outcome=client_gone", False),
        ("since=2026-11-19T12:00:00Z&until=2026-11-19T12:00:01Z", False),
        ("since=2026-11-19T12:00:00Z", True),
        ("until=2026-11-19T12:00:00Z", None),
    ],
)
def test_events_are_narrowed_by_each_filter(
    acme: Tenant, caller: Caller, query: str, finds_other: bool | None
) -> None:
    one = event(acme.pk, "client_gone", started_at=NOON, agent_id="agt_1", call_id="call_1",
                endpoint_id="end_1")  # fmt: skip
    other = event(acme.pk, started_at=NOON + 60)
    expected = {True: {one.pk, other.pk}, False: {one.pk}, None: set[str]()}[finds_other]
    assert set(ids(caller.get(f"/api/v1/events?{query}").json())) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("events?outcome=fine", "outcome"),
        ("events?type=other", "type"),
        ("events?since=yesterday", "since"),
        ("events?agnet=agt_1", "agnet"),
        ("calls?outcome=ok", "outcome"),
        ("usage?group=week", "group"),
        ("usage?since=2026-11-02&until=2026-11-01", "since"),
        ("usage?since=2025-01-01&until=2026-01-01", "since"),
        ("usage?cursor=x", "cursor"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused_by_name(
    caller: Caller, query: str, field: str
) -> None:
    answer = caller.get(f"/api/v1/{query}")
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_call_comes_with_its_dispatches_first_to_last(acme: Tenant, caller: Caller) -> None:
    later = event(acme.pk, started_at=NOON + 5, call_id="call_1", external_call_id="CA1")
    first = event(acme.pk, started_at=NOON, call_id="call_1", external_call_id="CA1")
    event(acme.pk, started_at=NOON)
    answer = caller.get("/api/v1/calls/call_1").json()
    assert answer["external_id"] == "CA1"
    assert answer["agent"] == "agt_reception"
    assert ids({"data": answer["dispatches"]}) == [first.pk, later.pk]


def test_a_call_comes_with_its_turns(acme: Tenant, caller: Caller) -> None:
    same = {"call_id": "call_1", "external_call_id": "CA1"}
    details = {
        "frame_delay_ms": {"p50": 0.25},
        "utterances": [{"speech_ended_at": NOON + 1, "final_at": NOON + 1.25}],
    }
    ear = event(acme.pk, started_at=NOON, provider="custom-transcriber", **same,
                final={"details": details})  # fmt: skip
    brain = event(acme.pk, started_at=NOON + 1.5, **same,
                  final={"timing_ms": {"first_content": 250.0, "gateway": 0.9}})  # fmt: skip
    mouth = event(acme.pk, started_at=NOON + 2, provider="custom-voice", **same,
                  final={"timing_ms": {"first_content": 125.0, "gateway": None}})  # fmt: skip
    event(acme.pk, started_at=NOON + 9, **same, final={"timing_ms": {}})
    answer = caller.get("/api/v1/calls/call_1").json()
    assert (answer["dispatches_left_out"], answer["turns_left_out"]) == (0, 0)
    assert len(answer["turns"]) == 2
    assert answer["turns"][0] == {
        "began_at": "2026-11-19T12:00:01Z",
        "speech_end": {"at": "2026-11-19T12:00:01Z", "ms": None, "gateway_ms": None},
        "final": {"at": "2026-11-19T12:00:01.250000Z", "ms": 250.0, "gateway_ms": 0.5},
        "utterance_end_at": None,
        "first_content": {"at": "2026-11-19T12:00:01.750000Z", "ms": 500.0, "gateway_ms": 0.9},
        "first_audio": {"at": "2026-11-19T12:00:02.125000Z", "ms": 375.0, "gateway_ms": None},
        "total_ms": 1125.0, "gateway_ms": 1.4,
        "dispatches": {"transcriber": ear.dispatch_id, "llm": [brain.dispatch_id],
                       "voice": [mouth.dispatch_id]},
    }  # fmt: skip
    assert answer["turns"][1]["first_content"] is None


def test_a_call_that_is_too_long_to_be_shown_says_what_is_left_out(
    acme: Tenant, caller: Caller
) -> None:
    utterances = [{"final_at": NOON + number} for number in range(256)]
    heard = {"provider": "custom-transcriber", "final": {"details": {"utterances": utterances}}}
    event(acme.pk, started_at=NOON - 2, call_id="call_1", **heard)
    event(acme.pk, started_at=NOON - 1, call_id="call_1", **heard)
    for number in range(MOST_DISPATCHES):
        event(acme.pk, started_at=NOON + 300 + number, call_id="call_1", provider="custom-voice")
    answer = caller.get("/api/v1/calls/call_1").json()
    assert (len(answer["dispatches"]), answer["dispatches_left_out"]) == (MOST_DISPATCHES, 2)
    assert (len(answer["turns"]), answer["turns_left_out"]) == (1, 0)
    CallEvent.objects.filter(provider="custom-voice").delete()
    answer = caller.get("/api/v1/calls/call_1").json()
    assert (len(answer["turns"]), answer["turns_left_out"]) == (MOST_TURNS, 12)


def test_dispatches_of_another_tenant_make_no_turn(acme: Tenant, globex: Caller) -> None:
    own = event(globex.get("/api/v1/me").json()["tenant"]["id"], call_id="call_1")
    event(acme.pk, call_id="call_1", started_at=NOON)
    Call.objects.filter(id="call_1").update(tenant_id=own.tenant_id)
    answer = globex.get("/api/v1/calls/call_1").json()
    assert ids({"data": answer["dispatches"]}) == [own.pk]
    assert [turn["dispatches"]["llm"] for turn in answer["turns"]] == [[own.dispatch_id]]


def test_calls_are_listed_and_narrowed(acme: Tenant, caller: Caller) -> None:
    event(acme.pk, started_at=NOON, call_id="call_1", agent_id="agt_1")
    event(acme.pk, started_at=NOON + 60, call_id="call_2")
    assert ids(caller.get("/api/v1/calls").json()) == ["call_2", "call_1"]
    assert ids(caller.get("/api/v1/calls?agent=agt_1").json()) == ["call_1"]
    assert ids(caller.get("/api/v1/calls?since=2026-11-19T12:00:30Z").json()) == ["call_2"]
    Call.objects.filter(id="call_2").update(external_id="CA-7f3")
    assert ids(caller.get("/api/v1/calls?external_id=CA-7f3").json()) == ["call_2"]
    assert ids(caller.get("/api/v1/calls?external_id=CA-7").json()) == []


def test_usage_sums_days_agents_and_providers(acme: Tenant, caller: Caller) -> None:
    event(acme.pk, started_at=NOON)
    event(acme.pk, "upstream_error", started_at=NOON, final={"tokens_source": "estimated"})
    event(acme.pk, "client_gone", started_at=NOON, final={"tokens_prompt": None})
    event(acme.pk, started_at=NOON + 86_400, agent_id="agt_other")
    answer = caller.get("/api/v1/usage?since=2026-11-19&until=2026-11-20&group=day").json()
    assert [(row["day"], row["agent"]) for row in answer["data"]] == [
        ("2026-11-20", "agt_other"),
        ("2026-11-19", "agt_reception"),
    ]
    assert answer["data"][1] == {
        "day": "2026-11-19", "agent": "agt_reception", "provider": "custom-llm",
        "dispatches": 3, "failed": 1, "estimated": 1,
        "tokens": {"prompt": 62, "completion": 171, "reasoning": 0},
        "bytes_in": 2436, "bytes_out": 27360, "characters": 0, "audio_ms": 0.0,
    }  # fmt: skip
    narrowed = caller.get("/api/v1/usage?since=2026-11-19&until=2026-11-19").json()
    assert [row["day"] for row in narrowed["data"]] == ["2026-11-19"]


def test_usage_is_of_the_last_thirty_days_unless_asked(
    acme: Tenant, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)  # it stays the day that it is
    today = now.replace(hour=0, minute=0, second=1)
    event(acme.pk, started_at=(today - timedelta(days=29)).timestamp())
    event(acme.pk, started_at=(today - timedelta(days=30)).timestamp())
    assert [row["dispatches"] for row in caller.get("/api/v1/usage").json()["data"]] == [1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=9999-12-31&until=9999-12-31", "until"),
        ("since=0001-01-01&until=0001-01-01", "since"),
        ("until=0001-01-01", "until"),
    ],
)
def test_usage_of_days_beyond_the_calendar_is_refused(
    acme: Tenant, caller: Caller, query: str, field: str
) -> None:
    answer = caller.get(f"/api/v1/usage?{query}")
    assert answer.status_code == 400
    assert field in {each["field"] for each in answer.json()["errors"]}


def test_globex_gets_404_or_nothing(acme: Tenant, globex: Caller) -> None:
    row = event(acme.pk, started_at=NOON)
    missing = globex.get("/api/v1/events/evt_nothere")
    for path in (f"events/{row.pk}", f"calls/{row.call_id}"):
        answer = globex.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.content) == (404, missing.content)
    for path in ("events", "calls", "usage?since=2026-11-19", f"events?call={row.call_id}"):
        assert globex.get(f"/api/v1/{path}").json()["data"] == []


def test_nobody_writes_usage(acme: Tenant, caller: Caller) -> None:
    row = event(acme.pk)
    assert caller.post("/api/v1/events", {}).status_code == 405
    assert caller.delete(f"/api/v1/events/{row.pk}").status_code == 405
    assert caller.patch(f"/api/v1/calls/{row.call_id}", {}).status_code == 405
