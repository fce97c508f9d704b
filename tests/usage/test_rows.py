"""Rows that any database takes, whatever a record holds."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.usage.databases import Database
from tests.usage.dispatches import final, intent
from usage.rows import call_rows, event_row
from usage.sink import DatabaseSink

NAUGHTY = "\0" + "é\N{GRINNING FACE}\\u0000'\"%s" * 30


def test_whatever_a_record_holds_fits_its_row(database: Database) -> None:
    """Callers choose external ids, endpoints report tokens, and clocks are set wrong."""
    text = dict.fromkeys(("external_call_id", "provider", "format_in", "endpoint_id"), NAUGHTY)
    odd = intent(**text, started_at=1e300, bytes_in=-1)
    end = final(
        odd,
        ended_at=float("nan"),
        status=10**30,
        bytes_out=10**30,
        tokens_prompt=10**30,
        tokens_completion=-(10**30),
        tokens_source="x" * 99,
        audio_ms=float("inf"),
        timing_ms={NAUGHTY: float("nan"), "total": float("inf")},
        error={NAUGHTY: [NAUGHTY, {"deep": "\0"}], "\\u0000": 10**30},
        details={NAUGHTY: [NAUGHTY, float("inf")], "at": 10**30},
    )
    sink = DatabaseSink(database.settings)
    assert sink.ship([event_row(odd, end)], call_rows([(odd, end)])) == []
    assert sink.ship([event_row(odd, end)], call_rows([(odd, end)])) == []
    sink.close()
    assert database.query("SELECT tokens_prompt, bytes_in, audio_ms FROM call_events") == [
        (2**63 - 1, 0, None)
    ]


def test_what_only_one_channel_has_to_tell_reaches_the_database(database: Database) -> None:
    one = intent(provider="custom-transcriber", bytes_in=0)
    end = final(one, details={"finals": 2, "utterances": [{"final_at": 1.5}]}, bytes_in=64000)
    plain = intent()
    pairs = [(one, end), (plain, final(plain))]
    sink = DatabaseSink(database.settings)
    assert sink.ship([event_row(*pair) for pair in pairs], call_rows(pairs)) == []
    sink.close()
    stored = database.query("SELECT bytes_in, details FROM call_events ORDER BY dispatch_id")
    assert [
        (size, json.loads(text) if isinstance(text, str) else text) for size, text in stored
    ] == [(64000, end.details), (812, None)]


@pytest.mark.parametrize(
    ("started_at", "ended_at", "expected"),
    [
        (1000.0, 1001.5, ("1970-01-01 00:16:40+00:00", "1970-01-01 00:16:41.500000+00:00")),
        (1000.0, 900.0, ("1970-01-01 00:16:40+00:00", "1970-01-01 00:16:40+00:00")),
        (-5.0, 0.0, ("1970-01-01 00:00:00+00:00", "1970-01-01 00:00:00+00:00")),
        (float("nan"), 1.0, ("1970-01-01 00:00:00+00:00", "1970-01-01 00:00:01+00:00")),
        (1e18, 1.0, ("9999-12-31 23:59:59+00:00", "9999-12-31 23:59:59+00:00")),
    ],
)
def test_a_clock_that_jumps_gives_no_row_that_ends_before_it_begins(
    started_at: float, ended_at: float, expected: tuple[str, str]
) -> None:
    one = intent(started_at=started_at)
    row = event_row(one, final(one, ended_at=ended_at))
    assert (str(row.started_at), str(row.ended_at)) == expected
    call = call_rows([(one, final(one, ended_at=ended_at))])[0]
    assert (call.started_at, call.ended_at) == (row.started_at, row.ended_at)


def test_a_call_spans_its_dispatches_over_batches_in_any_order(database: Database) -> None:
    sink = DatabaseSink(database.settings)

    def ship(*moments: float) -> None:
        pairs: list[Any] = []
        for at in moments:
            one = intent(call_id="call_1", started_at=at)
            pairs.append((one, final(one, ended_at=at + 1)))
        sink.ship([event_row(*pair) for pair in pairs], call_rows(pairs))

    ship(500.0, 300.5)
    ship(100.0)
    ship(400.0)
    sink.close()
    times = database.query("SELECT started_at, ended_at FROM usage_call")
    expected = (
        datetime(1970, 1, 1, 0, 1, 40, tzinfo=UTC),
        datetime(1970, 1, 1, 0, 8, 21, tzinfo=UTC),
    )
    assert [str(moment)[:19] for moment in times[0]] == [str(moment)[:19] for moment in expected]
    assert len(times) == 1
