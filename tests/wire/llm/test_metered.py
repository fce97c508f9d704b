"""Pass-through that only meters."""

from wire.events import Failure, Usage
from wire.llm.anthropic_messages import AnthropicMessages
from wire.llm.metered import MeteredRelay
from wire.sse import EVENT_LIMIT

FORMAT = AnthropicMessages()
TEXT = b'data: {"type":"content_block_delta","delta":{"text":"Hi"}}\n\n'
ENDING = b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n'
STOP = b'data: {"type":"message_stop"}\n\n'


def relay() -> MeteredRelay:
    return MeteredRelay(FORMAT, FORMAT.reader({}))


def test_whole_events_go_out_and_half_ones_wait() -> None:
    found = relay()
    assert found.feed(TEXT[:20]) == b""
    assert found.feed(TEXT[20:] + ENDING[:5]) == TEXT
    assert found.tally.content_bytes == 2
    assert found.feed(ENDING[5:] + STOP) == ENDING + STOP
    assert found.tally.done
    assert found.close() == b""


def test_last_event_may_lack_its_blank_line() -> None:
    found = relay()
    assert found.feed(ENDING + STOP[:-2]) == ENDING
    assert found.close() == STOP[:-2]
    assert found.tally.done


def test_half_an_event_of_a_stream_that_is_cut_off_does_not_go_out() -> None:
    found = relay()
    assert found.feed(TEXT + TEXT[:-20]) == TEXT
    assert found.close() == b""
    assert not found.tally.complete
    assert found.tally.failure is None
    assert found.fail(code="c", message="m").startswith(b"event: error\n")


def test_endpoints_own_error_passes_and_is_metered() -> None:
    error = b'data: {"type":"error","error":{"type":"t","message":"m"}}\n\n'
    found = relay()
    assert found.feed(error) == error
    assert found.tally.failure == Failure("m", "t")


def test_event_that_is_too_long_passes_unread_and_counts_as_content() -> None:
    long = b"data: " + b"x" * (2 * EVENT_LIMIT)
    found = relay()
    out = found.feed(long)
    assert found.fail(code="c", message="m").startswith(b"\n\nevent: error\n")
    out += found.feed(b"\n\n")
    assert out == long + b"\n\n"
    assert found.tally.content_bytes > 2 * EVENT_LIMIT
    assert found.tally.failure is None
    assert found.fail(code="c", message="m").startswith(b"event: error\n")


def test_whole_reply_is_metered_by_the_same_reader() -> None:
    body = b'{"content":[{"type":"text","text":"Hi"}],"usage":{"input_tokens":9,"output_tokens":1}}'
    tally = FORMAT.read_reply(body)
    assert (tally.usage, tally.content_bytes, tally.done) == (Usage(9, 1), 2, True)


def test_format_gives_such_relays() -> None:
    request = FORMAT.read_request(b'{"messages":[]}')
    assert isinstance(FORMAT.relay(request, {}), MeteredRelay)
