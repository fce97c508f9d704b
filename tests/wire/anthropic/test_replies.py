"""Whole messages."""

import json
from typing import Any

import pytest

from wire.anthropic.reader import MessagesReader
from wire.anthropic.replies import read_answer, reply_as_stream
from wire.events import Failure, Finish, Text, Unusable, Usage

BAD = Unusable("The endpoint's answer is not a message.")
THOUGHT = {"type": "thinking", "thinking": "Hm", "signature": "sig"}
CALL = {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}
REDACTED = {"type": "redacted_thinking", "data": "d"}


def message(*content: Any, **members: Any) -> bytes:
    whole = {"id": "msg_1", "type": "message", "content": [*content], **members}
    return json.dumps(whole).encode()


def test_message_is_read_with_its_usage() -> None:
    body = message(
        {"type": "text", "text": "Hi"}, stop_reason="end_turn",
        usage={"input_tokens": 9, "output_tokens": 1},
    )  # fmt: skip
    assert read_answer(b"\n\n" + body) == [Text("Hi"), Finish("stop"), Usage(9, 1)]


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"", BAD),
        (b'{"id":"msg_1"}', BAD),
        (b'{"type":"error","error":{"type":"t","message":"m"}}', Failure("m", "t")),
    ],
)
def test_what_is_no_message_is_a_failure(body: bytes, failure: Failure) -> None:
    assert read_answer(body) == [failure]


def test_stream_made_of_a_message_says_the_same_and_keeps_signatures() -> None:
    body = message(
        THOUGHT, REDACTED, {"type": "text", "text": "Hi"}, CALL, stop_reason="tool_use",
        usage={"input_tokens": 9, "output_tokens": 1}, model="m",
    )  # fmt: skip
    stream = reply_as_stream(body)
    assert MessagesReader().feed(stream) == read_answer(body)
    assert b'"signature":""' in stream
    assert b'{"type":"signature_delta","signature":"sig"}' in stream
    assert b'"content_block":{"type":"redacted_thinking","data":"d"}' in stream
    assert stream.startswith(b'event: message_start\ndata: {"type":"message_start","message":{"id"')
    assert stream.endswith(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')


def test_empty_blocks_have_no_deltas() -> None:
    stream = reply_as_stream(message({"type": "text", "text": ""}, {"type": "tool_use"}))
    assert b"text_delta" not in stream
    assert b'"partial_json":"{}"' in stream


def test_error_object_becomes_the_one_event() -> None:
    stream = reply_as_stream(b'{"type":"error","error":{"type":"t","message":"m"}}')
    assert MessagesReader().feed(stream) == [Failure("m", "t")]


@pytest.mark.parametrize("more", [{"kind": "x"}, {"content": None}, {"content": []}])
def test_error_object_may_have_any_other_member(more: dict[str, Any]) -> None:
    body = json.dumps({"error": {"type": "t", "message": "m"}, **more}).encode()
    assert MessagesReader().feed(reply_as_stream(body)) == read_answer(body) == [Failure("m", "t")]


def test_message_with_members_of_the_wrong_type_is_read_and_streamed() -> None:
    odd = [7, {"type": [], "text": 5}, {"type": "text", "text": "Hi"}]
    body = message(*odd, stop_reason="end_turn", usage={"input_tokens": "9", "output_tokens": 1.0})
    assert read_answer(body) == [Text("Hi"), Finish("stop"), Usage(9, 1)]
    assert MessagesReader().feed(reply_as_stream(body)) == read_answer(body)
