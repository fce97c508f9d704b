"""The items of a request, read into messages."""

from typing import Any

import msgspec
import pytest

from wire.conversation import ImagePart, Message, TextPart, ToolCall, ToolResult
from wire.errors import InvalidRequest
from wire.responses.history import InputItem, messages_of

USER = {"role": "user", "content": "Hi"}
CALL = {"type": "function_call", "call_id": "t", "name": "f", "arguments": '{"a":1}'}
OUTPUT = {"type": "function_call_output", "call_id": "t", "output": "sun"}


def read(*items: Any) -> list[Message]:
    return messages_of(msgspec.convert([*items], list[InputItem]))


@pytest.mark.parametrize(
    ("role", "known"),
    [("system", "system"), ("developer", "system"), ("user", "user"), ("assistant", "assistant")],
)
def test_roles_have_their_canonical_names(role: str, known: Any) -> None:
    plain = {"role": role, "content": "Hi"}
    assert read(plain) == read({"type": "message", **plain}) == [Message(known, (TextPart("Hi"),))]


def test_content_is_a_text_or_parts_or_nothing() -> None:
    parts = [
        {"type": "input_text", "text": "a"}, {"type": "output_text", "text": "b", "logprobs": []},
        {"type": "refusal", "refusal": "c"}, {"type": "text"},
        {"type": "input_image", "image_url": "https://x/y.png", "detail": "low"},
    ]  # fmt: skip
    assert read({"role": "user", "content": parts})[0].parts == (
        TextPart("a"), TextPart("b"), TextPart("c"), TextPart(""), ImagePart("https://x/y.png"),
    )  # fmt: skip
    assert read({"role": "user", "content": ""}, {"role": "user"}) == [
        Message("user", ()), Message("user", ()),
    ]  # fmt: skip


def test_calls_of_one_turn_are_one_message_with_what_was_said_around_them() -> None:
    said = {"role": "assistant", "content": "Hm"}
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
    call = ToolCall("t", "f", '{"a":1}')
    hm = TextPart("Hm")
    assert read(USER, thought, said, CALL, CALL, said, OUTPUT)[1:] == [
        Message("assistant", (hm, call, call, hm)),
        Message("user", (ToolResult("t", (TextPart("sun"),)),)),
    ]  # fmt: skip
    assert read(said, said) == [Message("assistant", (hm,))] * 2
    assert read(CALL, OUTPUT, CALL)[2] == Message("assistant", (call,))


def test_result_may_show_something() -> None:
    picture = {"type": "input_image", "image_url": "https://x/y.png"}
    (message,) = read({**OUTPUT, "output": [{"type": "input_text", "text": "look"}, picture]})
    assert message.parts == (ToolResult("t", (TextPart("look"), ImagePart("https://x/y.png"))),)


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({"role": "tool", "content": "x"}, "`input[1].role` cannot be translated: 'tool'"),
        ({}, "`input[1].role` cannot be translated: ''"),
        ({"type": "item_reference", "id": "msg_1"}, "`input[1]` cannot be translated: 'item_ref"),
        ({"type": "custom_tool_call"}, "'custom_tool_call'"),
        ({"type": "function_call", "name": "f"}, "`input[1].call_id` is missing"),
        ({"type": "function_call_output", "output": ""}, "`input[1].call_id` is missing"),
        ({"role": "user", "content": [{"type": "input_file"}]}, "`input[1].content[0]`"),
        ({"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}, "'input_image'"),
        ({**OUTPUT, "output": [{"type": "input_file"}]}, "`input[1].output[0]`"),
        ({"type": "x" * 1000}, repr("x" * 40)),
    ],
)
def test_what_has_no_canonical_form_is_refused(item: Any, says: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(USER, item)
    assert says in refused.value.message
    assert refused.value.param == "input"
    assert len(refused.value.message) < 150
