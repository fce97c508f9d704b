"""Cutting and reading server-sent events, against a plain reading of the standard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.standard import dispatched
from wire.sse import (
    EVENT_LIMIT,
    Overlong,
    SSEEvent,
    SSESplitter,
    is_stream,
    leading_size,
    payload_of,
    read_event,
)

ENDS = ("\n", "\r\n", "\r")
LINES = st.sampled_from(
    [
        "",
        "",
        "data: a",
        "data:b",
        "data: 😀é",
        ": ping",
        "event: error",
        "error: {}",
        "data",
        "id: 1",
    ]
)
STREAMS = st.lists(st.tuples(LINES, st.sampled_from(ENDS))).map(
    lambda lines: "".join(line + end for line, end in lines).encode()
)


def split(pieces: list[bytes], limit: int = EVENT_LIMIT) -> list[bytes]:
    splitter = SSESplitter(limit)
    found = [piece for data in pieces for piece in splitter.feed(data)]
    rest = splitter.close()
    return [*found, rest] if rest else found


@given(STREAMS, st.lists(st.integers(0, 400)))
def test_pieces_join_to_the_stream_and_mean_what_the_standard_says(
    stream: bytes, positions: list[int]
) -> None:
    cuts = sorted({0, len(stream), *(at for at in positions if at < len(stream))})
    pieces = split([stream[a:b] for a, b in zip(cuts, cuts[1:], strict=False)])
    assert b"".join(pieces) == stream
    read = [read_event(piece).data for piece in pieces]
    assert [data for data in read if data is not None] == dispatched(stream)


@given(STREAMS)
def test_events_are_the_same_whole_and_byte_by_byte(stream: bytes) -> None:
    whole = [piece for piece in split([stream]) if read_event(piece).data is not None]
    single = split([stream[at : at + 1] for at in range(len(stream))])
    found = [piece for piece in single if read_event(piece).data is not None]
    assert [piece.rstrip() for piece in found] == [piece.rstrip() for piece in whole]


def test_one_whole_event_is_given_as_it_is() -> None:
    event = b"data: a\n\n"
    assert SSESplitter().feed(event)[0] is event


@pytest.mark.parametrize(
    ("data", "alone"),
    [
        (b"data: x\n\n", True),
        (b"event: a\ndata: x\n\n", True),
        (b"data: x\r\n\r\n", True),
        (b"event: a\r\ndata: x\r\n\r\n", False),  # it may be, but to tell takes as long
        (b"data: x\n", False),
        (b"data: x\n\ndata: y\n\n", False),
        (b"data: x\n\n\n", False),
        (b"\n", False),
        (b"", False),
    ],
)
def test_single_event_is_told_from_all_else(data: bytes, alone: bool) -> None:
    assert SSESplitter().is_alone(data) is alone


def test_nothing_is_a_single_event_behind_half_a_one() -> None:
    for half in (b"data: a", b"data: a\n\r"):
        splitter = SSESplitter()
        splitter.feed(half)
        assert not splitter.is_alone(b"data: x\n\n")


def test_event_is_given_as_soon_as_its_blank_line_has_come() -> None:
    splitter = SSESplitter()
    assert splitter.feed(b"data: a\n") == []
    assert not splitter.idle
    assert splitter.feed(b"\n") == [b"data: a\n\n"]
    assert splitter.idle


def test_cr_ends_an_event_at_once_and_its_lf_comes_alone() -> None:
    splitter = SSESplitter()
    assert splitter.feed(b"data: a\r\n\r") == [b"data: a\r\n\r"]
    assert not splitter.idle
    assert splitter.feed(b"") == []
    assert splitter.feed(b"\ndata: b\r\n\r\n") == [b"\n", b"data: b\r\n\r\n"]


def test_cr_that_ends_a_line_but_no_event_waits_with_its_event() -> None:
    splitter = SSESplitter()
    assert splitter.feed(b"data: a\n\ndata: b\r") == [b"data: a\n\n"]
    assert splitter.feed(b"\n\n") == [b"data: b\r\n\n"]


def test_rest_of_an_event_may_look_like_a_whole_one() -> None:
    splitter = SSESplitter()
    assert splitter.feed(b"id: 1\n") == []
    assert splitter.feed(b"data: a\n\n") == [b"id: 1\ndata: a\n\n"]


def test_nothing_is_left_after_closing() -> None:
    splitter = SSESplitter()
    splitter.feed(b"data: a")
    assert [splitter.close(), splitter.close()] == [b"data: a", b""]


def test_cr_without_lf_ends_an_event_too() -> None:
    splitter = SSESplitter()
    assert splitter.feed(b"data: a\r\r") == [b"data: a\r\r"]
    assert splitter.feed(b"data: b\n\n") == [b"data: b\n\n"]


def test_crlf_alone_is_no_blank_line_wherever_it_is_cut() -> None:
    splitter = SSESplitter()
    assert splitter.feed(b"data: a\r") == []
    assert splitter.feed(b"\ndata: b\r") == []
    assert splitter.feed(b"\n") == []
    assert splitter.close() == b"data: a\r\ndata: b\r\n"


@pytest.mark.parametrize("size", [1, 7, 40, 100])
def test_event_over_the_limit_comes_in_marked_pieces_and_the_next_one_whole(size: int) -> None:
    long = b"data: " + b"x" * 60 + b"\n\n"
    stream = long + b"data: b\n\n"
    pieces = split([stream[at : at + size] for at in range(0, len(stream), size)], limit=32)
    assert b"".join(pieces) == stream
    assert all(isinstance(piece, Overlong) for piece in pieces[:-1])
    assert type(pieces[-1]) is bytes
    assert pieces[-1] == b"data: b\n\n"


def test_single_event_over_the_limit_is_marked_even_if_it_comes_whole() -> None:
    (piece,) = split([b"data: " + b"x" * 60 + b"\n\n"], limit=32)
    assert isinstance(piece, Overlong)


def test_what_is_left_of_an_overlong_event_is_marked_and_little_is_kept() -> None:
    splitter = SSESplitter(limit=32)
    splitter.feed(b"data: " + b"x" * 60)
    assert len(splitter.pending) == 3
    assert splitter.overlong
    assert isinstance(splitter.close(), Overlong)


@pytest.mark.parametrize(
    ("data", "payload"),
    [
        (b"data: a\n\n", b" a"),
        (b"data:a\r\n\r\n", b"a"),
        (b"data:\n\n", b""),
        (b"data: a\r\r", None),
        (b"data: a\n", None),
        (b"data: a\r\n\n", None),
        (b"data: a\ndata: b\n\n", None),
        (b"data: a\n\ndata: b\n\n", None),
        (b"data: a\nx", None),
        (b"data: a\ndata: b\r\n\r\n", None),
        (b"data: a\r\ndata: b\r\n\r\n", None),
        (b"data: a\rb\n\n", None),
        (b"data: a\rb\r\n\r\n", None),
        (b"data: abc\n\r", None),
        (b": ping\n\n", None),
        (b"data", None),
        (b"", None),
        (b"data: " + b"x" * EVENT_LIMIT + b"\n\n", None),
    ],
)
def test_payload_of_one_plain_event(data: bytes, payload: bytes | None) -> None:
    assert payload_of(data) == payload


@pytest.mark.parametrize(
    ("piece", "size"),
    [
        (b"", 0),
        (b"data: a\n\n", 0),
        (b": ping\n\ndata: a\n\n", 8),
        (b"\r\n\r: a\rdata: b", 7),
        (b"\xef\xbb\xbfdata: a", 3),
        (b": unfinished", 0),
        (bytearray(b"\n: a\n: b"), 5),
    ],
)
def test_leading_comments_and_blank_lines_are_measured(piece: bytes, size: int) -> None:
    assert leading_size(piece) == size


@pytest.mark.parametrize(
    ("piece", "event"),
    [
        (b"data: a\n\n", SSEEvent(b"a")),
        (b"data:  a\n\n", SSEEvent(b" a")),
        (b"data:a\r\n\r\n", SSEEvent(b"a")),
        (b"data\n\n", SSEEvent(b"")),
        (b"data: a\rdata: b\r\r", SSEEvent(b"a\nb")),
        (b": ping\nid: 1\nevent: x\ndata: a", SSEEvent(b"a", b"x")),
        (b"\xef\xbb\xbfdata: a\n\n", SSEEvent(b"a")),
        (b"event: x\ndata:  a\n\n", SSEEvent(b" a", b"x")),
        (b"event:x\ndata:\n\n", SSEEvent(b"", b"x")),
        (b"event: x\ndata: a\ndata: b\n\n", SSEEvent(b"a\nb", b"x")),
        (b"error: {}\n\n", SSEEvent(None, b"", b"{}")),
        (b": ping\n\n", SSEEvent(None)),
        (b"", SSEEvent(None)),
    ],
)
def test_fields_of_one_event(piece: bytes, event: SSEEvent) -> None:
    assert read_event(piece) == event


@pytest.mark.parametrize(
    ("content_type", "start", "verdict"),
    [
        ("text/event-stream; charset=utf-8", b"", True),
        ("Text/Event-Stream", b"\n\n", True),
        ("text/event-stream", b"data: {", True),
        ("text/event-stream", b"<html>", True),
        ("text/event-stream", b'{"error"', False),
        ("application/json", b"", None),
        ("application/json", b"\n\n \r\n", None),
        ("application/json", b"\n\n{", False),
        ("application/json", b"[{", False),
        ("application/json", b"data: {", True),
        ("", b"d", True),
        ("", b"\xef\xbb\xbf: ping", True),
        ("", b"event: error", True),
        ("text/plain", b"error: {}", True),
        ("text/html", b"<html>", False),
        ("application/x-ndjson", b'{"message"', False),
    ],
)
def test_streams_are_told_from_whole_answers(
    content_type: str, start: bytes, verdict: bool | None
) -> None:
    assert is_stream(content_type, start) is verdict
