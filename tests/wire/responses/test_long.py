"""Events that are too long to be read."""

import pytest

from wire.responses.long import LongEvents


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"event: response.completed\ndata: {", "response.completed"),
        (b"event:response.completed\r\ndata: {", "response.completed"),
        (b": ping\n\n\r\nevent: response.completed\rdata: {", "response.completed"),
        (b"\xef\xbb\xbfevent: response.created\n", "response.created"),
        (b"data: {", ""),
        (b": ping\r\n" * 500 + b"data: {", ""),
        (b"event: response.compl", ""),
    ],
)
def test_name_is_in_the_first_line(start: bytes, name: str) -> None:
    assert LongEvents().name(start) == name


def test_pieces_of_one_event_have_no_name_and_the_next_event_has() -> None:
    events = LongEvents()
    assert events.name(b"event: a\ndata: {") == "a"
    assert events.name(b"event: b\n") is None
    assert events.name(b"}\n\n") is None
    assert events.name(b"event: c\ndata: x\r\n\r\n") == "c"
    assert events.name(b"event: d\ndata: x\r\n\r") == "d"
    assert events.name(b"event: e\n") == "e"
