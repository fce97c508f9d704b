"""Whole answers, read as streams."""

from wire.events import Failure, LLMEvent, Text, Unusable
from wire.vexyl.reader import LIMIT, WholeReader


def _read(body: bytes) -> list[LLMEvent]:
    return [Text(body.decode())]


def read(*pieces: bytes) -> list[LLMEvent]:
    reader = WholeReader(_read)
    assert all(reader.feed(piece) == [] for piece in pieces)
    assert not reader.done
    return reader.close()


def test_all_events_come_at_the_end() -> None:
    assert read(b'{"a":', b"1}\n") == [Text('{"a":1}\n')]


def test_answer_that_ends_too_early_was_cut_off() -> None:
    (failure,) = read(b'{"a"', b":")
    assert isinstance(failure, Failure)
    assert failure.code == "upstream_truncated"


def test_no_more_is_kept_than_an_answer_may_be_long() -> None:
    assert read(b"[" + b" " * (LIMIT - 2) + b"]") != []
    (failure,) = read(*[b" " * (LIMIT // 2)] * 3, b"}")
    assert failure == Unusable("The endpoint's answer is longer than 1 MiB.")
