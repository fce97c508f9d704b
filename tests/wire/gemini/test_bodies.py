"""Conversations written as Gemini's requests."""

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
from wire.gemini.bodies import write_conversation
from wire.turns import OPENING

HI = Message("user", (TextPart("Hi"),))
TOOL = Tool("f", "d", {"type": "object", "properties": {}}, True)


def written(*messages: Message, settings: Any = None, **given: Any) -> Any:
    conversation = Conversation(messages, **given)
    return json.loads(write_conversation(conversation, model="m", settings=settings or {}))


def parts(*given: Part) -> Any:
    return written(HI, Message("user", given))["contents"][0]["parts"][1:]


def test_least_request_is_what_was_said() -> None:
    assert written(HI, stream=True) == {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def test_system_messages_are_one_instruction_and_the_assistant_is_the_model() -> None:
    found = written(
        Message("system", (TextPart("Be brief."),)), HI,
        Message("assistant", (TextPart("Yes?"), TextPart(""))), Message("system", ()),
    )  # fmt: skip
    assert found["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert [each["role"] for each in found["contents"]] == ["user", "model"]
    assert found["contents"][1]["parts"] == [{"text": "Yes?"}]


def test_model_that_speaks_first_is_opened_for() -> None:
    found = written(Message("assistant", (TextPart("Hello, Acme."),)))["contents"]
    assert found[0] == {"role": "user", "parts": [{"text": OPENING}]}


def test_sampling_has_its_own_names() -> None:
    found = written(HI, temperature=1.7, top_p=0.5, max_tokens=9, stop=("x",), user="u")
    assert found["generationConfig"] == {
        "temperature": 1.7, "topP": 0.5, "maxOutputTokens": 9, "stopSequences": ["x"],
    }  # fmt: skip
    assert "generationConfig" not in written(HI)


def test_form_of_the_answer_is_its_type_and_schema() -> None:
    assert written(HI, form=JSONForm())["generationConfig"] == {
        "responseMimeType": "application/json"
    }
    assert written(HI, form=JSONForm({"type": "object"}, "n"))["generationConfig"] == {
        "responseMimeType": "application/json", "responseJsonSchema": {"type": "object"},
    }  # fmt: skip


def test_tools_are_declared_with_their_schema_and_nothing_that_is_not_known() -> None:
    found = written(HI, tools=(TOOL, Tool("g", None, {})))
    assert found["tools"] == [{"functionDeclarations": [
        {"name": "f", "description": "d",
         "parametersJsonSchema": {"type": "object", "properties": {}}},
        {"name": "g"},
    ]}]  # fmt: skip
    assert "toolConfig" not in found


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        (ToolChoice("auto"), {"mode": "AUTO"}),
        (ToolChoice("none"), {"mode": "NONE"}),
        (ToolChoice("any"), {"mode": "ANY"}),
        (ToolChoice("one", "f"), {"mode": "ANY", "allowedFunctionNames": ["f"]}),
    ],
)
def test_choice_of_tools_is_a_mode(choice: ToolChoice, config: Any) -> None:
    found = written(HI, tools=(TOOL,), tool_choice=choice)
    assert found["toolConfig"] == {"functionCallingConfig": config}
    assert "toolConfig" not in written(HI, tool_choice=choice)


def test_call_goes_back_with_its_signature_and_its_result_with_its_name() -> None:
    call_id = "fc-1__thought__QUI-_w"
    contents = written(
        HI,
        Message("assistant", (TextPart("One moment."), ToolCall(call_id, "f", '{"a":1}'))),
        Message("user", (ToolResult(call_id, (TextPart("sun"),)),)),
    )["contents"]  # fmt: skip
    assert contents[1:] == [
        {"role": "model", "parts": [
            {"text": "One moment."},
            {"functionCall": {"name": "f", "args": {"a": 1}, "id": "fc-1"},
             "thoughtSignature": "QUI+/w=="}]},
        {"role": "user", "parts": [
            {"functionResponse": {"name": "f", "response": {"output": "sun"}, "id": "fc-1"}}]},
    ]  # fmt: skip


def test_ids_that_are_not_the_models_stay_here_and_odd_arguments_are_wrapped() -> None:
    contents = written(
        HI,
        Message("assistant", (ToolCall("call_9", "f", "nonsense"),)),
        Message("user", (ToolResult("call_9", (TextPart("no"),), failed=True),)),
    )["contents"]  # fmt: skip
    call, result = contents[1]["parts"][0], contents[2]["parts"][0]
    assert call == {"functionCall": {"name": "f", "args": {"arguments": "nonsense"}}}
    assert result == {"functionResponse": {"name": "f", "response": {"error": "no"}}}


def test_result_of_a_call_that_was_forgotten_has_a_name_still() -> None:
    (result,) = parts(ToolResult("x1", ()))
    assert result["functionResponse"] == {"name": "tool", "response": {"output": ""}, "id": "x1"}


def test_pictures_are_data_or_files_and_those_of_results_stand_behind_them() -> None:
    data = ImagePart("data:image/png;base64,AAAA")
    assert parts(data) == [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]
    assert parts(ImagePart("https://x/y.PNG?s=1.a"), ImagePart("https://x/y")) == [
        {"fileData": {"mimeType": "image/png", "fileUri": "https://x/y.PNG?s=1.a"}},
        {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://x/y"}},
    ]
    assert parts(ImagePart("data:,x"))[0]["fileData"]["fileUri"] == "data:,x"
    assert [list(each) for each in parts(ToolResult("x1", (data, TextPart("seen"))))] == [
        ["functionResponse"], ["inlineData"],
    ]  # fmt: skip


def test_settings_add_members_and_drop_members() -> None:
    settings = {
        "add_fields": {"generationConfig": {"thinkingConfig": {"thinkingBudget": 0}},
                       "safetySettings": []},
        "drop_fields": ["systemInstruction"],
    }  # fmt: skip
    found = written(Message("system", (TextPart("x"),)), HI, max_tokens=9, settings=settings)
    assert found["generationConfig"] == {
        "maxOutputTokens": 9, "thinkingConfig": {"thinkingBudget": 0},
    }  # fmt: skip
    assert found["safetySettings"] == []
    assert "systemInstruction" not in found
