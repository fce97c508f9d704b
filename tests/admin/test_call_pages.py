"""The pages of events and calls of every channel."""

from typing import Any

import pytest
from django.test import Client

from tenants.models import User
from tests.admin.asking import PAGES, address, signed_in
from tests.admin.rows import PASSWORD, House
from tests.usage.telephone import epoch, llm, said, transcriber, voice
from usage.admin_timing import THINNEST, WIDTH
from usage.admin_turns import turns_picture
from usage.models import Call, CallEvent
from usage.selectors import MOST_DISPATCHES
from usage.turns import turns


@pytest.fixture
def owner(acme: House) -> Client:
    return signed_in(acme.users["owner"])


def event_page(house: House, client: Client, **given: Any) -> str:
    """The page of the tenant's event, changed to hold `given`."""
    event = house.rows[CallEvent]
    CallEvent.objects.filter(id=event.id).update(**given)
    return client.get(PAGES["usage.callevent"].page_of(event)).content.decode()


def shown(house: House, client: Client, *events: CallEvent) -> Any:
    """The answer to who asks for the tenant's call, which has these dispatches and no other."""
    call = house.rows[Call]
    CallEvent.objects.filter(call_id=call.id).delete()
    for event in events:
        event.tenant_id, event.call_id = call.tenant_id, call.id
    CallEvent.objects.bulk_create(events)
    return client.get(PAGES["usage.call"].page_of(call))


def test_event_of_a_voice_tells_characters_audio_rate_and_first_audio(
    acme: House, owner: Client
) -> None:
    body = event_page(
        acme, owner, provider="custom-voice", characters=1200, audio_ms=61_250.0,
        details={"rate": 24000}, timing_ms={"first_content": 183.14, "total": 900.0},
    )  # fmt: skip
    for text in ("<dd>1200</dd>", "<dd>61.2 s</dd>", "<dd>24,000 Hz</dd>", "<dd>183.1 ms</dd>"):
        assert text in body
    assert "Tokens" not in body
    assert "1,200 characters" in owner.get(
        address(PAGES["usage.callevent"], "changelist")
    ).content.decode()  # fmt: skip


def test_event_of_packed_sound_tells_its_form(acme: House, owner: Client) -> None:
    body = event_page(acme, owner, provider="custom-voice", details={"form": "mp3"})
    assert "<dd>MP3</dd>" in body


def test_event_of_a_transcriber_tells_what_was_heard_and_how_fast(
    acme: House, owner: Client
) -> None:
    details = {
        "messages_in": 1504, "messages_out": 31, "finals": 2, "ignored": 3,
        "frame_delay_ms": {"p50": 0.12, "p99": 0.61, "max": 3.4},
        "utterances": [
            {"speech_ended_at": epoch(1000), "finalize_at": epoch(1020), "final_at": epoch(1180),
             "utterance_end_at": None},
            {"speech_ended_at": None, "finalize_at": None, "final_at": epoch(4000)},
        ],
        "utterances_left_out": 5,
    }  # fmt: skip
    body = event_page(
        acme, owner, provider="custom-transcriber", audio_ms=31_000.0, details=details
    )
    for text in ("31.0 s", "1,504 / 31", "160.0 ms (once)", "12:00:01.180", "180.0 ms",
                 "0.1 ms median, 0.6 ms p99, 3.4 ms at most", "5 more were not kept"):  # fmt: skip
        assert text in body
    assert body.count("12:00:0") == 4


@pytest.mark.parametrize("provider", ["custom-voice", "custom-transcriber"])
@pytest.mark.parametrize("details", [None, {"unrecordable": True}, {"rate": "x"}, [1], "text"])
def test_page_of_an_event_without_readable_details_still_opens(
    acme: House, owner: Client, provider: str, details: Any
) -> None:
    assert "What was used" in event_page(acme, owner, provider=provider, details=details)


def test_page_of_a_call_draws_its_turns(acme: House, owner: Client) -> None:
    ear = transcriber(said(1000, 1180), said(9000, 9100))
    answer = shown(acme, owner, ear, llm(1200, 1600, 0.9), voice(1650, 1800, 0.7))
    body = answer.content.decode()
    assert len(answer.context["turns"].bars) == 2
    for text in ("800 ms", "2.0 ms", "Nobody answered.", "pb-share-hearing", "pb-share-thinking",
                 "pb-share-speaking", "pb-share-gateway"):  # fmt: skip
        assert text in body
    assert "not shown" not in body
    assert [event.id for event in answer.context["events"]][0] == ear.id


def test_page_of_a_call_that_is_too_long_says_so(acme: House, owner: Client) -> None:
    body = shown(acme, owner, *map(voice, range(MOST_DISPATCHES + 3))).content.decode()
    assert "3 more are not shown, and are in no turn above." in body


def test_operators_see_the_turns_of_any_call(acme: House) -> None:
    operator = signed_in(User.objects.create_superuser("operator@example.com", PASSWORD))
    assert len(shown(acme, operator, llm(10, 20)).context["turns"].bars) == 1


def test_bars_are_drawn_to_the_scale_of_the_longest_turn() -> None:
    ear = transcriber(said(0, 100), said(5000, 5100), delay=0)
    short = (llm(110, 300), voice(310, 500, gateway=20))
    drawn = turns_picture(turns([ear, *short, llm(5110, 5500), voice(5510, 6000)]))
    ends = [bar.shares[-1].start + bar.shares[-1].width for bar in drawn.bars]
    assert ends == pytest.approx([WIDTH / 2, WIDTH])
    assert [(share.name, share.ms) for share in drawn.bars[0].shares] == [
        ("hearing", 100), ("thinking", 200), ("speaking", 180), ("gateway", 20),
    ]  # fmt: skip
    assert (drawn.total_ms, drawn.gateway_ms) == (750, 10)


def test_a_bar_tells_what_is_missing_and_never_vanishes() -> None:
    ear = transcriber(said(1000, 1100), said(3000, 3100), said(900_000, 900_001))
    long = (llm(3110, 3200), voice(600_000))
    bars = turns_picture(turns([ear, llm(1110), voice(1500, 1600), *long, llm(700_000, 710_000)]))
    assert [bar.missing for bar in bars.bars] == [
        "The LLM gave no content.", "No audio of the reply.", "", "Nobody answered.",
    ]  # fmt: skip
    assert [share.name for share in bars.bars[0].shares] == ["hearing", "connect", "gateway"]
    assert all(share.width >= THINNEST for bar in bars.bars for share in bar.shares)


def test_no_bar_is_drawn_of_what_took_no_time_that_anybody_saw() -> None:
    (bar,) = turns_picture(turns([transcriber(said(None, 1100))])).bars
    assert bar.shares == ()
    assert turns_picture([]).bars == ()


def test_turns_of_a_call_are_the_tenants_own(acme: House, globex: House, owner: Client) -> None:
    own, stray = llm(10, 20), globex.rows[CallEvent]
    shown(acme, owner, own)
    CallEvent.objects.filter(id=stray.id).update(call_id=acme.rows[Call].id)
    answer = owner.get(PAGES["usage.call"].page_of(acme.rows[Call]))
    assert [bar.turn.llm for bar in answer.context["turns"].bars] == [(own.dispatch_id,)]
