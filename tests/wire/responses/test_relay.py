"""Pass-through of this format."""

import json

from tests.wire.responses.parsing import event, parsed
from wire.llm.openai_responses import OpenAIResponses
from wire.responses.long import LONGEST_EVENT
from wire.responses.reader import ResponsesReader
from wire.responses.relay import ResponsesRelay

FORMAT = OpenAIResponses()
LONG = "x" * LONGEST_EVENT


def relay() -> ResponsesRelay:
    return ResponsesRelay(FORMAT, ResponsesReader())


def named(kind: str, **members: object) -> bytes:
    return f"event: response.{kind}\n".encode() + event(kind, **members)


def test_end_that_repeats_too_much_is_an_end() -> None:
    found = relay()
    ended = named("completed", response={"instructions": LONG})
    out = found.feed(ended[:2_000]) + found.feed(ended[2_000:])
    assert out + found.close() == ended
    assert (found.tally.done, found.tally.finished) == (True, True)
    assert found.tally.content_bytes == 0


def test_beginning_that_repeats_too_much_is_no_content() -> None:
    found = relay()
    begun = named("created", response={"instructions": LONG})
    assert found.feed(begun) == begun
    assert not found.tally.has_content
    found.feed(named("output_text.delta", delta="Hi"))
    assert found.tally.content_bytes == 2


def test_other_event_that_is_too_long_passes_unread_and_counts_as_content() -> None:
    found = relay()
    picture = named("image_generation_call.partial_image", partial_image_b64=LONG)
    assert found.feed(picture) == picture
    assert found.tally.content_bytes > LONGEST_EVENT
    assert found.tally.failure is None


def test_error_behind_half_an_event_is_numbered_on() -> None:
    found = relay()
    found.feed(named("created", sequence_number=7))
    assert found.feed(b"event: x\ndata: " + LONG.encode())
    error = found.fail(code="c", message="m")
    assert error.startswith(b"\n\nevent: error\n")
    assert parsed(error.strip())[0]["sequence_number"] == 8
    assert json.loads(relay().fail(code="c", message="m").split(b"data: ")[1])["message"] == "m"
