"""A caller's Chat Completions request in canonical form."""

import json
from typing import Any

import pytest

from wire.conversation import (
    Conversation,
    ImagePart,
    JSONForm,
    Message,
    TextPart,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from wire.errors import InvalidRequest
from wire.openai.conversations import read_conversation
from wire.openai.requests import read_request


def read(**members: Any) -> Conversation:
    body = json.dumps({"messages": [], **members}).encode()
    return read_conversation(read_request(body, always_stream=False))


def said(**message: Any) -> Message:
    (found,) = read(messages=[message]).messages
    return found


def test_bare_request_leaves_everything_to_the_endpoint() -> None:
    assert read() == Conversation(())


def test_every_plain_member_has_its_place() -> None:
    found = read(
        model="m", stream=True, max_completion_tokens=9, max_tokens=7, temperature=1, top_p=0.5,
        stop=["x", "y"], user="u", parallel_tool_calls=False, seed=3, call={"id": "c"},
    )  # fmt: skip
    assert found == Conversation(
        (), "m", True, max_tokens=9, temperature=1.0, top_p=0.5, stop=("x", "y"), user="u",
        parallel=False,
    )  # fmt: skip
    other = read(max_tokens=7, stop="x", safety_identifier="s", user="u")
    assert (other.max_tokens, other.stop, other.user) == (7, ("x",), "s")


SCHEMA = {"type": "object"}


@pytest.mark.parametrize(
    ("asked", "form"),
    [
        (None, None),
        ({"type": "text"}, None),
        ({"type": "json_object"}, JSONForm()),
        ({"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}},
         JSONForm(SCHEMA, "n", None, True)),
        ({"type": "json_schema"}, JSONForm()),
    ],
)  # fmt: skip
def test_form_of_the_answer_and_effort_are_understood(asked: Any, form: JSONForm | None) -> None:
    found = read(response_format=asked, reasoning_effort="low")
    assert (found.form, found.effort) == (form, "low")


@pytest.mark.parametrize(
    ("role", "known"),
    [("system", "system"), ("developer", "system"), ("user", "user"), ("assistant", "assistant")],
)
def test_roles_have_their_canonical_names(role: str, known: Any) -> None:
    assert said(role=role, content="Hi") == Message(known, (TextPart("Hi"),))


def test_content_may_be_missing_or_null_or_a_refusal() -> None:
    assert said(role="assistant", content=None) == Message("assistant", ())
    assert said(role="assistant") == Message("assistant", ())
    assert said(role="assistant", refusal="No.") == Message("assistant", (TextPart("No."),))


def test_parts_are_texts_and_pictures() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://x", "detail": "low"}}
    plain = {"type": "image_url", "image_url": "https://y"}
    texts = [{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "b"}, {"type": "text"}]
    assert said(role="user", content=[*texts, image, plain]).parts == (
        TextPart("a"), TextPart("b"), TextPart(""), ImagePart("https://x"), ImagePart("https://y"),
    )  # fmt: skip


def test_calls_and_results_are_understood() -> None:
    call = {"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    assert said(role="assistant", content="Hm", tool_calls=[call]) == Message(
        "assistant", (TextPart("Hm"), ToolCall("t", "f", '{"a":1}'))
    )
    assert said(role="tool", tool_call_id="t", content="sun") == Message(
        "user", (ToolResult("t", (TextPart("sun"),)),)
    )


def test_tools_of_both_generations_are_understood() -> None:
    schema = {"type": "object"}
    tool = {
        "type": "function",
        "function": {"name": "f", "description": "d", "parameters": schema, "strict": True},
    }
    assert read(tools=[tool], functions=[{"name": "g"}]).tools == (
        Tool("f", "d", schema, True), Tool("g", None, {}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "known"),
    [
        ("none", ToolChoice("none")),
        ("auto", ToolChoice("auto")),
        ("required", ToolChoice("any")),
        ({"type": "function", "function": {"name": "f"}}, ToolChoice("one", "f")),
        (None, None),
    ],
)
def test_choice_of_tools_is_understood(choice: Any, known: Any) -> None:
    assert read(tool_choice=choice).tool_choice == known


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"messages": [{"role": "function", "content": "x"}]}, "`messages[0].role`"),
        ({"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": ""}}]},
         "`messages[0].function_call` cannot be translated"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "`messages[0].tool_call_id` is missing"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]},
         "`messages[0].content[0]` cannot be translated: 'input_audio'"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "'image_url'"),
        ({"messages": [7]}, "Expected `object`, got `int` - at `$[0]`"),
        ({"tools": [{"type": "custom", "custom": {"name": "f"}}]}, "`tools`"),
        ({"tool_choice": "perhaps"}, "'perhaps'"),
        ({"temperature": "hot"}, "`temperature`"),
        ({"response_format": {"type": "grammar"}}, "'grammar'"),
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
        {"tool_choice": LONG},
    ],
)
def test_refusal_quotes_only_the_beginning_of_a_long_word(members: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(**members)
    assert repr(LONG[:40]) in refused.value.message
    assert len(refused.value.message) < 150
