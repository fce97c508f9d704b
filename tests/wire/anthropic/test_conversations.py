"""A caller's Messages request in canonical form."""

import json
from typing import Any

import pytest

from wire.anthropic.conversations import read_conversation
from wire.anthropic.requests import read_request
from wire.conversation import (
    Conversation,
    ImagePart,
    Message,
    TextPart,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from wire.errors import InvalidRequest


def read(**members: Any) -> Conversation:
    body = json.dumps({"messages": [], **members}).encode()
    return read_conversation(read_request(body, always_stream=False))


def said(*blocks: Any, role: str = "user") -> tuple[Message, ...]:
    return read(messages=[{"role": role, "content": [*blocks]}]).messages


def test_bare_request_leaves_everything_to_the_endpoint() -> None:
    assert read() == Conversation(())


def test_every_plain_member_has_its_place() -> None:
    found = read(
        model="m", stream=True, max_tokens=9, temperature=0.5, top_p=1, stop_sequences=["x"],
        metadata={"user_id": "u", "other": 1}, top_k=5,
    )  # fmt: skip
    assert found == Conversation(
        (), "m", True, max_tokens=9, temperature=0.5, top_p=1.0, stop=("x",), user="u"
    )


def test_system_prompt_is_the_first_message() -> None:
    text = [{"type": "text", "text": "a"}, {"type": "text", "text": "b", "cache_control": {}}]
    found = read(system=text, messages=[{"role": "user", "content": "Hi"}]).messages
    assert found == (
        Message("system", (TextPart("a"), TextPart("b"))), Message("user", (TextPart("Hi"),)),
    )  # fmt: skip
    assert read(system="a").messages == (Message("system", (TextPart("a"),)),)


def test_tools_and_their_results_and_pictures_are_understood() -> None:
    call = {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}
    assert said({"type": "text", "text": "Hm"}, call, role="assistant")[0].parts == (
        TextPart("Hm"), ToolCall("t", "f", '{"a":1}'),
    )  # fmt: skip
    image = {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [image], "is_error": True}
    assert said(result)[0].parts == (ToolResult("t", (ImagePart("https://x/y.png"),), True),)
    plain = {"type": "tool_result", "tool_use_id": "t", "content": "sun"}
    assert said(plain, {"type": "tool_result", "tool_use_id": "u"})[0].parts == (
        ToolResult("t", (TextPart("sun"),)), ToolResult("u", ()),
    )  # fmt: skip


def test_picture_in_the_request_becomes_a_data_url() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    (message,) = said({"type": "image", "source": source})
    assert message.parts == (ImagePart("data:image/png;base64,AAAA"),)


def test_thoughts_are_left_out() -> None:
    thought = {"type": "thinking", "thinking": "Hm", "signature": "s"}
    assert said(thought, {"type": "redacted_thinking", "data": "d"}, role="assistant") == (
        Message("assistant", ()),
    )


def test_tools_have_their_schema() -> None:
    schema = {"type": "object"}
    tool = {"name": "f", "description": "d", "input_schema": schema, "strict": True}
    assert read(tools=[tool, {"type": "custom", "name": "g"}]).tools == (
        Tool("f", "d", schema, True), Tool("g", None, {}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "known", "parallel"),
    [
        ({"type": "auto"}, ToolChoice("auto"), None),
        ({"type": "any", "disable_parallel_tool_use": True}, ToolChoice("any"), False),
        ({"type": "tool", "name": "f"}, ToolChoice("one", "f"), None),
        ({"type": "none"}, ToolChoice("none"), None),
    ],
)
def test_choice_of_tools_is_understood(choice: Any, known: ToolChoice, parallel: Any) -> None:
    found = read(tool_choice=choice)
    assert (found.tool_choice, found.parallel) == (known, parallel)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"messages": [{"role": "tool", "content": "x"}]}, "`messages[0].role`"),
        ({"messages": [{"role": "user", "content": [{"type": "document"}]}]},
         "`messages[0].content[0]` cannot be translated: 'document'"),
        ({"messages": [{"role": "user", "content": [
            {"type": "image", "source": {"type": "file", "file_id": "f"}}]}]}, "'image'"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "'image'"),
        ({"messages": [{"role": 7}]}, "Expected `str`, got `int` - at `$[0].role`"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "web_search"),
        ({"tool_choice": {"type": "maybe"}}, "'maybe'"),
        ({"max_tokens": "many"}, "`max_tokens`"),
    ],
)  # fmt: skip
def test_what_has_no_canonical_form_is_refused(members: Any, says: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(**members)
    assert says in refused.value.message


LONG = "x" * 100_000


@pytest.mark.parametrize(
    "members",
    [
        {"messages": [{"role": LONG}]},
        {"messages": [{"role": "user", "content": [{"type": LONG}]}]},
        {"tools": [{"type": LONG, "name": "f"}]},
        {"tool_choice": {"type": LONG}},
    ],
)
def test_refusal_quotes_only_the_beginning_of_a_long_word(members: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(**members)
    assert repr(LONG[:40]) in refused.value.message
    assert len(refused.value.message) < 150
