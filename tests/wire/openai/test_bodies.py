"""Conversations written as Chat Completions requests."""

import json
from typing import Any

import pytest

from wire.conversation import (
    Conversation,
    ImagePart,
    JSONForm,
    Message,
    Part,
    TextPart,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from wire.openai.bodies import write_conversation

HI = Message("user", (TextPart("Hi"),))
TOOL = Tool("f", "d", {"type": "object"}, True)


def written(*messages: Message, settings: Any = None, model: str = "", **given: Any) -> Any:
    conversation = Conversation(messages, **given)
    return json.loads(write_conversation(conversation, model=model, settings=settings or {}))


def messages(role: Any, *parts: Part) -> Any:
    return written(Message(role, parts))["messages"]


def test_least_request_is_small() -> None:
    assert written(HI) == {
        "model": "default", "stream": False, "messages": [{"role": "user", "content": "Hi"}],
    }  # fmt: skip


def test_model_is_the_callers_unless_the_endpoint_has_its_own() -> None:
    assert written(HI, model="m")["model"] == "m"
    body = write_conversation(Conversation((HI,), model="theirs"), model="", settings={})
    assert json.loads(body)["model"] == "theirs"


def test_sampling_is_kept() -> None:
    found = written(HI, max_tokens=9, temperature=0.0, top_p=0.5, stop=("x",), user="u")
    kept = {name: found[name] for name in ("max_tokens", "temperature", "top_p", "stop", "user")}
    assert kept == {"max_tokens": 9, "temperature": 0, "top_p": 0.5, "stop": ["x"], "user": "u"}


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        (JSONForm(), {"type": "json_object"}),
        (JSONForm({}, "n", "d", False), {"type": "json_schema", "json_schema": {
            "name": "n", "schema": {}, "description": "d", "strict": False}}),
        (JSONForm({"type": "object"}),
         {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}}),
    ],
)  # fmt: skip
def test_form_of_the_answer_and_effort_are_asked_for(form: JSONForm, sent: Any) -> None:
    found = written(HI, form=form, effort="low")
    assert (found["response_format"], found["reasoning_effort"]) == (sent, "low")


def test_usage_is_asked_for_in_streams_unless_the_endpoint_refuses_that() -> None:
    assert written(HI, stream=True)["stream_options"] == {"include_usage": True}
    assert "stream_options" not in written(HI, stream=True, settings={"include_usage": False})
    dropped = {"drop_fields": ["stream_options"]}
    assert "stream_options" not in written(HI, stream=True, settings=dropped)


def test_texts_are_one_text_and_pictures_make_parts() -> None:
    assert messages("system", TextPart("a"), TextPart("b")) == [
        {"role": "system", "content": "a\nb"}
    ]
    assert messages("user", TextPart("a"), ImagePart("data:image/png;base64,AAAA")) == [
        {"role": "user", "content": [
            {"type": "text", "text": "a"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}
    ]  # fmt: skip


def test_message_of_nothing_is_left_out() -> None:
    assert messages("assistant") == []


def test_calls_come_with_their_text_or_null() -> None:
    call = {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert messages("assistant", TextPart("Hm"), ToolCall("t", "f", "")) == [
        {"role": "assistant", "content": "Hm", "tool_calls": [call]}
    ]
    assert messages("assistant", ToolCall("t", "f", "{}"))[0]["content"] is None


def test_each_result_is_a_message_and_its_pictures_are_the_users() -> None:
    first = ToolResult("t", (TextPart("sun"),), failed=True)
    second = ToolResult("u", (ImagePart("https://x"),))
    assert messages("user", first, second, TextPart("And now?")) == [
        {"role": "tool", "tool_call_id": "t", "content": "sun"},
        {"role": "tool", "tool_call_id": "u", "content": ""},
        {"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "https://x"}},
            {"type": "text", "text": "And now?"}]},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (ToolChoice("auto"), "auto"),
        (ToolChoice("none"), "none"),
        (ToolChoice("any"), "required"),
        (ToolChoice("one", "f"), {"type": "function", "function": {"name": "f"}}),
    ],
)
def test_tools_and_their_choice_are_the_formats_own(choice: Any, sent: Any) -> None:
    found = written(HI, tools=(TOOL, Tool("g", None, {})), tool_choice=choice, parallel=False)
    function = {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}
    assert found["tools"] == [
        {"type": "function", "function": function},
        {"type": "function", "function": {"name": "g", "parameters": {}}},
    ]
    assert (found["tool_choice"], found["parallel_tool_calls"]) == (sent, False)


def test_what_nobody_said_of_tools_is_left_out() -> None:
    assert not {"tool_choice", "parallel_tool_calls"} & set(written(HI, tools=(TOOL,)))
    assert "tool_choice" not in written(HI, tool_choice=ToolChoice("auto"))


def test_settings_rename_the_limit_and_add_members() -> None:
    found = written(
        HI, max_tokens=9, settings={"max_completion_tokens": True, "add_fields": {"top_k": 5}}
    )
    assert (found["max_completion_tokens"], found["top_k"]) == (9, 5)
    assert "max_tokens" not in found


def test_signature_in_an_id_stands_where_geminis_compatible_endpoint_wants_it() -> None:
    call_id = "t1__thought__QUI-_w"
    asked, told = written(
        Message("assistant", (ToolCall(call_id, "f", "{}"),)),
        Message("user", (ToolResult(call_id, (TextPart("sun"),)),)),
    )["messages"]
    (call,) = asked["tool_calls"]
    assert (call["id"], told["tool_call_id"]) == ("t1", "t1")
    assert call["extra_content"] == {"google": {"thought_signature": "QUI+/w=="}}
