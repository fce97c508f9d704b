"""Pass-through: what goes out, when, and how it ends."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.standard import dispatched
from wire.openai.relay import HELD_LIMIT, ChatRelay
from wire.sse import EVENT_LIMIT

TEXT = b'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}],"usage":null}\n\n'
STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}\n\n'
EXTRA = b'data: {"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1}}\n\n'
DONE = b"data: [DONE]\n\n"


def relayed(pieces: list[bytes], *, withhold: bool = True) -> bytes:
    relay = ChatRelay(withhold=withhold)
    return b"".join([*map(relay.feed, pieces), relay.close()])


def single(stream: bytes) -> list[bytes]:
    return [stream[at : at + 1] for at in range(len(stream))]


def test_whole_events_go_out_as_they_come() -> None:
    relay = ChatRelay(withhold=True)
    assert [relay.feed(event) for event in (TEXT, STOP, EXTRA, DONE)] == [TEXT, STOP, b"", DONE]
    assert relay.close() == b""
    assert relay.tally.usage is not None


def test_nothing_is_withheld_from_a_caller_who_asked() -> None:
    relay = ChatRelay(withhold=False)
    assert [relay.feed(event) for event in (TEXT, EXTRA)] == [TEXT, EXTRA]
    assert relayed(single(TEXT + EXTRA), withhold=False) == TEXT + EXTRA


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"choices":[],"prompt_filter_results":[]}\n\n',
        b'data: {"choices":[],"usage":null}\n\n',
        b'data: {"usage":{"prompt_tokens":9}}\n\n',
        b'data: {"choices":[],"usage":{"prompt_tokens":9},"error":"boom"}\n\n',
        b'data: {"choices":[],"usage":{"prompt_tokens":9},"x":{"choices":[{}]}}\n\n',
        b'data: {"choices":[],"usage":{"prompt_tokens":9},"x":"' + b"x" * HELD_LIMIT + b'"}\n\n',
        b'event: error\ndata: {"choices":[],"usage":{"prompt_tokens":9}}\n\n',
        b": ping\n\n",
    ],
)
def test_nothing_but_the_extra_chunk_is_withheld(event: bytes) -> None:
    assert relayed([event, DONE]) == event + DONE
    assert relayed([event[:40], event[40:] + DONE]) == event + DONE


@pytest.mark.parametrize("withhold", [True, False])
def test_rest_of_an_event_may_look_like_a_whole_one(withhold: bool) -> None:
    relay = ChatRelay(withhold=withhold)
    pieces = [b'data: {"choices":', b"\n", b"data: []}\n\n", b"data: x", b"data: y\n\n", TEXT]
    assert b"".join(map(relay.feed, pieces)) == b"".join(pieces)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_extra_chunk_is_withheld_with_its_own_line_ends_only(end: bytes) -> None:
    stream = (b": a\n\n" + TEXT + b": b\n" + EXTRA + b": c\n\n" + DONE).replace(b"\n", end)
    expected = (b": a\n\n" + TEXT + b": b\n" + b": c\n\n" + DONE).replace(b"\n", end)
    assert relayed([stream]) == expected
    assert relayed(single(stream)) == expected


def test_lf_of_a_withheld_crlf_is_withheld_though_it_comes_later() -> None:
    relay = ChatRelay(withhold=True)
    assert relay.feed(EXTRA.replace(b"\n", b"\r\n")[:-1]) == b""
    assert relay.feed(b"\n" + DONE) == DONE


def test_lf_of_a_relayed_crlf_is_relayed_though_it_comes_later() -> None:
    relay = ChatRelay(withhold=True)
    assert relay.feed(b"data: [DONE]\r\n\r") == b"data: [DONE]\r\n\r"
    assert relay.feed(b"\n") == b"\n"


def test_comments_go_out_at_their_line_end_even_while_a_chunk_may_follow() -> None:
    relay = ChatRelay(withhold=True)
    assert relay.feed(b": keep-al") == b""
    assert relay.feed(b"ive\n") == b": keep-alive\n"
    assert relay.feed(b"\n" + EXTRA[:30]) == b"\n"


def test_line_goes_out_once_it_cannot_be_the_extra_chunk() -> None:
    """Some servers end events with a single line end; line-based callers read them all the same."""
    relay = ChatRelay(withhold=True)
    assert relay.feed(TEXT[:50]) == b""
    assert relay.feed(TEXT[50:-1]) == TEXT[:-1]
    assert relay.feed(TEXT[:-1]) == TEXT[:-1]


def test_long_line_goes_out_in_parts_and_counts_as_content() -> None:
    long = b'data: {"choices":[{"delta":{"images":["' + b"x" * EVENT_LIMIT + b'"]}}]}\n\n'
    relay = ChatRelay(withhold=True)
    sent = 0
    for at in range(0, len(long), 1000):
        sent += len(relay.feed(long[at : at + 1000]))
        assert at + 1000 - sent <= HELD_LIMIT
    assert sent == len(long)
    assert relay.tally.has_content
    assert relay.feed(EXTRA + DONE) == DONE


def test_long_event_goes_out_whole_if_it_comes_whole() -> None:
    long = b"data: " + b"x" * EVENT_LIMIT + b"\n\n"
    assert relayed([long + EXTRA + DONE]) == long + DONE


def test_end_without_blank_line_is_flushed() -> None:
    assert relayed([TEXT + STOP + DONE[:-2]]) == TEXT + STOP + DONE[:-2]
    assert relayed([STOP + EXTRA[:-2]]) == STOP
    assert relayed([TEXT[:-1]]) == TEXT[:-1]


def test_half_an_event_of_a_stream_that_was_cut_off_is_dropped() -> None:
    assert relayed([TEXT + TEXT[:30]]) == TEXT


def test_half_an_event_behind_the_end_is_passed() -> None:
    assert relayed([STOP + TEXT[:30]]) == STOP + TEXT[:30]


@pytest.mark.parametrize(
    ("fed", "closed", "sent"),
    [
        (TEXT, False, TEXT),
        (TEXT, True, TEXT),
        (TEXT + TEXT[:30], False, TEXT),
        (TEXT + TEXT[:30], True, TEXT),
        (TEXT[:-1], False, TEXT[:-1] + b"\n\n"),
        (TEXT[:-2], True, TEXT[:-2] + b"\n\n"),
        (b": ping\n", False, b": ping\n"),
        (b"data: " + b"x" * EVENT_LIMIT, False, b"data: " + b"x" * EVENT_LIMIT + b"\n\n"),
    ],
)
def test_failure_is_an_event_of_its_own_whatever_was_sent(
    fed: bytes, closed: bool, sent: bytes
) -> None:
    relay = ChatRelay(withhold=True)
    out = relay.feed(fed)
    if closed:
        out += relay.close()
    failure = relay.fail(code="upstream_truncated", message="Cut off.")
    before, error = (out + failure).rsplit(b"data: ", 1)
    assert before == sent
    assert json.loads(error)["error"]["code"] == "upstream_truncated"


EVENTS = st.lists(
    st.sampled_from(
        [TEXT, STOP, EXTRA, DONE, b": ping\n", b": ping\n\n", b"\n", EXTRA[:-1], TEXT[:-1],
         EXTRA.replace(b"\n", b"\r\n"), TEXT.replace(b"\n", b"\r\n"), b"\r",
         EXTRA.replace(b"\n", b"\r"), b"event: x\n", b"data: {\n"]
    ),
    max_size=8,
).map(b"".join)  # fmt: skip
CUTS = st.lists(st.integers(0, 500), max_size=6)


def cut(stream: bytes, positions: list[int]) -> list[bytes]:
    ends = sorted({0, len(stream), *(at for at in positions if at < len(stream))})
    return [stream[a:b] for a, b in zip(ends, ends[1:], strict=False)]


@given(EVENTS, CUTS, st.booleans())
def test_cuts_never_change_what_goes_out(
    stream: bytes, positions: list[int], withhold: bool
) -> None:
    whole = relayed([stream + DONE], withhold=withhold)
    assert relayed(cut(stream + DONE, positions), withhold=withhold) == whole
    if not withhold:
        assert whole == stream + DONE


@given(EVENTS, CUTS)
def test_what_goes_out_means_what_came_in_without_the_extra_chunks(
    stream: bytes, positions: list[int]
) -> None:
    came = [data for data in dispatched(stream + DONE) if data + b"\n\n" != EXTRA[6:]]
    assert dispatched(relayed(cut(stream + DONE, positions))) == came


@given(EVENTS, CUTS, st.booleans())
def test_a_broken_stream_ends_in_whole_events_and_the_error(
    stream: bytes, positions: list[int], close: bool
) -> None:
    relay = ChatRelay(withhold=False)
    out = b"".join(map(relay.feed, cut(stream, positions)))
    out += relay.close() if close else b""
    *events, error = dispatched(out + relay.fail(code="c", message="m"))
    assert json.loads(error)["error"]["code"] == "c"
    assert events == dispatched(stream)[: len(events)]


def test_an_event_that_is_too_long_to_be_read_counts_as_content() -> None:
    relay = ChatRelay(withhold=True)
    event = b'data: {"choices":[{"delta":{"content":"' + b"x" * 300_000 + b'"}}]}\n\n'
    out = b"".join(relay.feed(event[at : at + 50_000]) for at in range(0, len(event), 50_000))
    assert out + relay.close() == event
    assert 300_000 <= relay.tally.content_bytes <= len(event)
