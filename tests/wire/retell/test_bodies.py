"""What a Retell-style server is asked."""

import json
from typing import Any

from wire.conversation import Conversation, Message, TextPart, ToolCall, ToolResult
from wire.retell.bodies import write_conversation

SYSTEM = Message("system", (TextPart("Be brief."),))
HI = Message("user", (TextPart("Hi"),))
WHERE = Message("user", (TextPart("Is it"), TextPart("sunny?")))
HELLO = Message("assistant", (TextPart("Hello."),))
CALLED = Message("assistant", (TextPart("I look."), ToolCall("t1", "weather", '{"city":"Oslo"}')))
RESULT = Message("user", (ToolResult("t1", (TextPart("sun"),)), TextPart("Well?")))


def written(*messages: Message, **members: Any) -> Any:
    conversation = Conversation(messages, own_id="d1", **members)
    return json.loads(write_conversation(conversation, model="m", settings={}))


def test_what_was_said_is_the_transcript_and_what_the_system_says_is_lost() -> None:
    assert written(SYSTEM, HI, HELLO, WHERE, session="call-7") == {
        "interaction_type": "response_required", "response_id": 1,
        "transcript": [
            {"role": "user", "content": "Hi"}, {"role": "agent", "content": "Hello."},
            {"role": "user", "content": "Is it\nsunny?"},
        ],
        "call": {"call_id": "call-7", "call_type": "web_call"},
    }  # fmt: skip


def test_call_without_a_name_is_known_by_its_request() -> None:
    assert written(SYSTEM)["call"]["call_id"] == "d1"
    assert written(SYSTEM)["transcript"] == []


def test_tools_stand_in_a_transcript_of_their_own() -> None:
    found = written(CALLED, RESULT, Message("assistant", ()))
    spoken = [{"role": "agent", "content": "I look."}, {"role": "user", "content": "Well?"}]
    assert found["transcript"] == spoken
    assert found["transcript_with_tool_calls"] == [
        spoken[0],
        {"role": "tool_call_invocation", "tool_call_id": "t1", "name": "weather",
         "arguments": '{"city":"Oslo"}'},
        {"role": "tool_call_result", "tool_call_id": "t1", "content": "sun"},
        spoken[1],
    ]  # fmt: skip
