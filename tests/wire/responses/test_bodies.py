"""Conversations written as Responses requests."""

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
from wire.responses.bodies import write_conversation

HI = Message("user", (TextPart("Hi"),))
TOOL = Tool("f", "d", {"properties": {"a": {}}}, True)


def written(*messages: Message, settings: Any = None, model: str = "", **given: Any) -> Any:
    conversation = Conversation(messages, **given)
    return json.loads(write_conversation(conversation, model=model, settings=settings or {}))


def items(role: Any, *parts: Part) -> Any:
    return written(HI, Message(role, parts))["input"][1:]


def said(role: str, content: Any) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": content}


def test_least_request_keeps_nothing() -> None:
    assert written(HI) == {
        "model": "default", "stream": False, "store": False, "input": [said("user", "Hi")],
    }  # fmt: skip


def test_model_is_the_callers_unless_the_endpoint_has_its_own() -> None:
    assert written(HI, model="m")["model"] == "m"
    body = write_conversation(Conversation((HI,), model="theirs"), model="", settings={})
    assert json.loads(body)["model"] == "theirs"


def test_sampling_and_effort_are_kept_and_stop_sequences_are_not() -> None:
    found = written(
        HI, max_tokens=9, temperature=0.0, top_p=0.5, user="u", effort="low", stop=("x",),
        stream=True,
    )  # fmt: skip
    assert found == {
        **written(HI), "stream": True, "max_output_tokens": 9, "temperature": 0, "top_p": 0.5,
        "user": "u", "reasoning": {"effort": "low"},
    }  # fmt: skip


def test_system_messages_that_stand_first_are_instructions_and_later_ones_keep_their_place() -> (
    None
):
    def told(text: str) -> Message:
        return Message("system", (TextPart(text),))

    found = written(told("Be brief."), Message("system", ()), told("Be kind."), HI, told("Now!"))
    assert found["instructions"] == "Be brief.\n\nBe kind."
    assert found["input"] == [said("user", "Hi"), said("system", "Now!")]
    assert written(told("Be."))["input"] == []


def test_texts_are_one_text_and_pictures_make_parts() -> None:
    assert items("assistant", TextPart("a"), TextPart("b")) == [said("assistant", "a\nb")]
    assert items("user", TextPart("a"), ImagePart("https://x")) == [said("user", [
        {"type": "input_text", "text": "a"},
        {"type": "input_image", "image_url": "https://x", "detail": "auto"},
    ])]  # fmt: skip
    assert items("user") == []


def test_calls_and_results_are_items() -> None:
    assert items("assistant", TextPart("Hm"), ToolCall("t", "f", '{"a":1}')) == [
        said("assistant", "Hm"),
        {"type": "function_call", "call_id": "t", "name": "f", "arguments": '{"a":1}'},
    ]
    assert items("assistant", ToolCall("t", "f", ""))[0]["arguments"] == "{}"
    shown = ToolResult("u", (TextPart("look"), ImagePart("https://x")), failed=True)
    assert items("user", ToolResult("t", (TextPart("sun"),)), shown, TextPart("So?")) == [
        {"type": "function_call_output", "call_id": "t", "output": "sun"},
        {"type": "function_call_output", "call_id": "u", "output": [
            {"type": "input_text", "text": "look"},
            {"type": "input_image", "image_url": "https://x", "detail": "auto"}]},
        said("user", "So?"),
    ]  # fmt: skip


def test_tools_are_strict_only_where_that_was_asked_for() -> None:
    schema = {"type": "object", "properties": {"a": {}}}
    assert written(HI, tools=(TOOL, Tool("g", None, {})))["tools"] == [
        {"type": "function", "name": "f", "description": "d", "parameters": schema, "strict": True},
        {"type": "function", "name": "g", "strict": False,
         "parameters": {"type": "object", "properties": {}}},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (ToolChoice("auto"), "auto"),
        (ToolChoice("any"), "required"),
        (ToolChoice("none"), "none"),
        (ToolChoice("one", "f"), {"type": "function", "name": "f"}),
    ],
)
def test_choice_of_tools_is_the_formats_own(choice: ToolChoice, sent: Any) -> None:
    found = written(HI, tools=(TOOL,), tool_choice=choice, parallel=False)
    assert (found["tool_choice"], found["parallel_tool_calls"]) == (sent, False)
    assert "tool_choice" not in written(HI, tools=(TOOL,))
    assert "tool_choice" not in written(HI, tool_choice=choice)


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        (JSONForm(), {"type": "json_object"}),
        (JSONForm({}, "n", "d", False),
         {"type": "json_schema", "name": "n", "schema": {}, "description": "d", "strict": False}),
        (JSONForm({"a": 1}), {"type": "json_schema", "name": "answer", "schema": {"a": 1}}),
    ],
)  # fmt: skip
def test_form_of_the_answer_is_asked_for(form: JSONForm, sent: Any) -> None:
    assert written(HI, form=form)["text"] == {"format": sent}


def test_dropped_members_are_left_out() -> None:
    assert "store" not in written(HI, settings={"drop_fields": ["store"]})
