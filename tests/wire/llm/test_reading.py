"""What the readers of event streams share, by one that tells the data of its events."""

from wire.events import Failure, LLMEvent, Text
from wire.llm.reading import CUT_OFF, TOO_LARGE, UNREADABLE, StreamReader
from wire.sse import read_event

LIMIT = 64


class Echo(StreamReader):
    def _piece(self, piece: bytes) -> list[LLMEvent]:
        data = read_event(piece).data
        if data == b"bad":
            return self._fail(UNREADABLE)
        return [Text(data.decode())] if data else []

    def _ending(self) -> list[LLMEvent]:
        return [CUT_OFF]


def read(stream: bytes, size: int) -> list[LLMEvent]:
    reader = Echo(LIMIT)
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    return [event for piece in pieces for event in reader.feed(piece)] + reader.close()


def test_events_are_told_in_turn_however_they_are_cut() -> None:
    stream = b": hello\n\ndata: a\n\nevent: x\ndata: b\n\ndata: c"
    told: list[LLMEvent] = [Text("a"), Text("b"), Text("c"), CUT_OFF]
    for size in range(1, len(stream) + 1):
        assert read(stream, size) == told


def test_nothing_follows_a_failure_and_not_the_end_either() -> None:
    stream = b"data: a\n\ndata: bad\n\ndata: c\n\n"
    for size in range(1, len(stream) + 1):
        assert read(stream, size) == [Text("a"), UNREADABLE]


def test_event_over_the_limit_is_a_failure_unless_a_reader_knows_better() -> None:
    long = b"data: " + b"x" * LIMIT + b"\n\n"
    assert read(b"data: a\n\n" + long, 7) == [Text("a"), TOO_LARGE]
    assert all(isinstance(each, Failure) for each in (CUT_OFF, TOO_LARGE, UNREADABLE))
