"""Conversations written as Messages requests."""

import json
from typing import Any

import pytest

from wire.anthropic.bodies import write_conversation
from wire.conversation import (
    Conversation,
    ImagePart,
    Message,
    Part,
    TextPart,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from wire.turns import OPENING

HI = Message("user", (TextPart("Hi"),))
TOOL = Tool("f", "d", {"properties": {}}, True)


def written(*messages: Message, settings: Any = None, model: str = "", **given: Any) -> Any:
    conversation = Conversation(messages, **given)
    return json.loads(write_conversation(conversation, model=model, settings=settings or {}))


def content(*parts: Part) -> Any:
    return written(Message("user", parts))["messages"][0]["content"]


def test_least_request_has_what_the_format_demands() -> None:
    assert written(HI) == {
        "model": "default", "max_tokens": 4096, "stream": False,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
    }  # fmt: skip


def test_limit_and_model_are_the_callers_unless_the_endpoint_has_its_own() -> None:
    assert written(HI, max_tokens=9, settings={"max_tokens": 7})["max_tokens"] == 9
    assert written(HI, settings={"max_tokens": 7})["max_tokens"] == 7
    assert written(HI, model="m")["model"] == "m"
    body = write_conversation(Conversation((HI,), model="theirs"), model="", settings={})
    assert json.loads(body)["model"] == "theirs"


def test_sampling_is_kept_and_heat_is_bounded() -> None:
    found = written(HI, temperature=1.7, top_p=0.5, stop=("x",), user="u", stream=True)
    assert found["temperature"] == 1.0
    assert (found["top_p"], found["stop_sequences"], found["stream"]) == (0.5, ["x"], True)
    assert found["metadata"] == {"user_id": "u"}


def test_system_messages_are_one_prompt_wherever_they_stood() -> None:
    found = written(
        Message("system", (TextPart("Be brief."),)), HI, Message("system", (TextPart("Now!"),)),
        Message("system", ()),
    )  # fmt: skip
    assert found["system"] == "Be brief.\n\nNow!"
    assert [each["role"] for each in found["messages"]] == ["user"]


def test_neighbours_of_one_role_are_joined_and_empty_ones_left_out() -> None:
    found = written(
        HI, Message("assistant", ()), Message("user", (TextPart("there"), TextPart(" \n"))),
        Message("assistant", (TextPart("Yes?"),)),
    )["messages"]  # fmt: skip
    assert [(each["role"], len(each["content"])) for each in found] == [
        ("user", 2), ("assistant", 1),
    ]  # fmt: skip


def test_assistant_that_speaks_first_is_opened_for() -> None:
    opening = {"role": "user", "content": [{"type": "text", "text": OPENING}]}
    found = written(Message("assistant", (TextPart("Hello, Acme."),)))["messages"]
    assert (found[0], len(found)) == (opening, 2)
    assert written()["messages"] == [opening]


def test_pictures_are_sources() -> None:
    assert content(ImagePart("data:image/png;base64,AAAA"), ImagePart("https://x/y.png")) == [
        {"type": "image",
         "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
        {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}},
    ]  # fmt: skip


def test_calls_and_results_are_blocks() -> None:
    call = Message("assistant", (TextPart("Hm"), ToolCall("t", "f", '{"a":1}')))
    assert written(HI, call)["messages"][1]["content"][1] == {
        "type": "tool_use", "id": "t", "name": "f", "input": {"a": 1},
    }  # fmt: skip
    plain = ToolResult("t", (TextPart("sun"), TextPart("ny")))
    seen = ToolResult("u", (TextPart("look"), ImagePart("https://x")), failed=True)
    assert content(plain, seen) == [
        {"type": "tool_result", "tool_use_id": "t", "content": "sun\nny"},
        {"type": "tool_result", "tool_use_id": "u", "is_error": True, "content": [
            {"type": "text", "text": "look"},
            {"type": "image", "source": {"type": "url", "url": "https://x"}}]},
    ]  # fmt: skip


def test_tools_have_an_object_for_a_schema() -> None:
    found = written(HI, tools=(TOOL, Tool("g", None, {})))
    assert found["tools"] == [
        {"name": "f", "description": "d", "strict": True,
         "input_schema": {"type": "object", "properties": {}}},
        {"name": "g", "input_schema": {"type": "object"}},
    ]  # fmt: skip
    assert "tool_choice" not in found


@pytest.mark.parametrize(
    ("choice", "parallel", "sent"),
    [
        (ToolChoice("auto"), None, {"type": "auto"}),
        (ToolChoice("any"), False, {"type": "any", "disable_parallel_tool_use": True}),
        (ToolChoice("one", "f"), True, {"type": "tool", "name": "f"}),
        (ToolChoice("none"), False, {"type": "none"}),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
    ],
)
def test_choice_of_tools_is_the_formats_own(choice: Any, parallel: Any, sent: Any) -> None:
    assert written(HI, tools=(TOOL,), tool_choice=choice, parallel=parallel)["tool_choice"] == sent


def test_choice_without_tools_is_left_out() -> None:
    assert "tool_choice" not in written(HI, tool_choice=ToolChoice("auto"))


def test_dropped_members_are_left_out() -> None:
    assert "temperature" not in written(
        HI, temperature=1, settings={"drop_fields": ["temperature"]}
    )
