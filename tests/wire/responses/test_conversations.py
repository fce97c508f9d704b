"""A caller's Responses request in canonical form."""

import json
from typing import Any

import pytest

from wire.conversation import Conversation, JSONForm, Message, TextPart, Tool, ToolChoice
from wire.errors import InvalidRequest
from wire.responses.conversations import read_conversation
from wire.responses.requests import read_request

SCHEMA = {"type": "object"}


def read(**members: Any) -> Conversation:
    body = json.dumps({"input": [], **members}).encode()
    return read_conversation(read_request(body))


def test_bare_request_leaves_everything_to_the_endpoint() -> None:
    assert read() == read(input=None) == Conversation(())


def test_every_plain_member_has_its_place() -> None:
    found = read(
        model="m", stream=True, max_output_tokens=9, temperature=1, top_p=0.5, user="u",
        parallel_tool_calls=False, reasoning={"effort": "low"}, store=True, truncation="auto",
    )  # fmt: skip
    assert found == Conversation(
        (), "m", True, max_tokens=9, temperature=1.0, top_p=0.5, user="u", parallel=False,
        effort="low",
    )  # fmt: skip
    assert read(safety_identifier="s", user="u", reasoning={}).user == "s"


def test_text_is_what_a_user_says_and_instructions_stand_before_it() -> None:
    told, hi = Message("system", (TextPart("Be."),)), Message("user", (TextPart("Hi"),))
    assert read(input="Hi").messages == (hi,)
    assert read(input="Hi", instructions="Be.").messages == (told, hi)
    items = [{"role": "user", "content": "Hi"}]
    assert read(input=items, instructions="Be.").messages == (told, hi)


def test_tools_are_functions() -> None:
    full = {"type": "function", "name": "f", "description": "d", "parameters": SCHEMA,
            "strict": True}  # fmt: skip
    bare = {"type": "function", "name": "g", "parameters": None, "strict": None}
    assert read(tools=[full, bare]).tools == (Tool("f", "d", SCHEMA, True), Tool("g", None, {}))


@pytest.mark.parametrize(
    ("choice", "known"),
    [
        ("none", ToolChoice("none")),
        ("auto", ToolChoice("auto")),
        ("required", ToolChoice("any")),
        ({"type": "function", "name": "f"}, ToolChoice("one", "f")),
        (None, None),
    ],
)
def test_choice_of_tools_is_understood(choice: Any, known: Any) -> None:
    assert read(tool_choice=choice).tool_choice == known


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (None, None),
        ({"verbosity": "low"}, None),
        ({"format": {"type": "text"}}, None),
        ({"format": {"type": "json_object"}}, JSONForm()),
        ({"format": {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}},
         JSONForm(SCHEMA, "n", None, True)),
    ],
)  # fmt: skip
def test_form_of_the_answer_is_understood(text: Any, form: JSONForm | None) -> None:
    assert read(text=text).form == form


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"previous_response_id": "resp_1"}, "Send all of it in `input`"),
        ({"conversation": {"id": "conv_1"}}, "`conversation` cannot be translated"),
        ({"prompt": {"id": "pmpt_1"}}, "`prompt` cannot be translated"),
        ({"background": True}, "`background` cannot be translated"),
        ({"input": [{"type": "mcp_call"}]}, "`input[0]` cannot be translated"),
        ({"input": [7]}, "Expected `object`, got `int` - at `$[0]`"),
        ({"tools": [{"type": "web_search"}]}, "The tool 'web_search' cannot be translated"),
        ({"tool_choice": "perhaps"}, "'perhaps'"),
        ({"tool_choice": {"type": "auto"}}, "'auto'"),
        ({"tool_choice": {"type": "allowed_tools", "mode": "auto"}}, "'allowed_tools'"),
        ({"text": {"format": {"type": "grammar"}}}, "'grammar'"),
        ({"temperature": "hot"}, "`temperature`"),
    ],
)
def test_what_has_no_canonical_form_is_refused(members: Any, says: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(**members)
    assert says in refused.value.message
    assert refused.value.param == next(iter(members))


def test_references_to_nothing_are_none() -> None:
    found = read(previous_response_id=None, conversation="", background=False)
    assert found == Conversation(())
