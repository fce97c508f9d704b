"""What a VEXYL-style endpoint is sent."""

import json
from typing import Any

from wire.conversation import Conversation, ImagePart, Message, Part, TextPart, ToolCall, ToolResult
from wire.vexyl.bodies import write_conversation

SYSTEM = Message("system", (TextPart("Be brief."),))


def user(*texts: str) -> Message:
    return Message("user", tuple(map(TextPart, texts)))


def assistant(*parts: Part) -> Message:
    return Message("assistant", parts)


def written(*messages: Message, settings: Any = None, **members: Any) -> Any:
    conversation = Conversation(messages, own_id="d1", **members)
    return json.loads(write_conversation(conversation, model="m", settings=settings or {}))


def test_only_the_last_words_and_the_session_go_out() -> None:
    told = (SYSTEM, user("Hi"), assistant(TextPart("Hello.")), user("Book a table."))
    assert written(*told, session="call-1") == {
        "message": "Book a table.", "sessionId": "call-1", "context": {},
    }  # fmt: skip


def test_all_that_was_said_since_the_last_answer_goes_out() -> None:
    told = (assistant(TextPart("Hello.")), user("I want", "a table"), SYSTEM, user("for two"))
    assert written(*told, session="s")["message"] == "I want\na table\nfor two"


def test_conversation_without_a_name_is_told_whole() -> None:
    told = (SYSTEM, user("Hi"), assistant(), assistant(TextPart("Hello.")), user("Bye."))
    assert written(*told) == {
        "message": "Bye.", "sessionId": "d1", "context": {},
        "history": [
            {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."},
        ],
    }  # fmt: skip


def test_what_tools_gave_back_is_told_and_pictures_are_not() -> None:
    call = assistant(ToolCall("t1", "weather", "{}"))
    result = Message("user", (ToolResult("t1", (TextPart("sun"), ImagePart("https://x"))),))
    assert written(user("Weather?"), call, result, session="s")["message"] == "sun"


def test_conversation_without_words_has_an_empty_message() -> None:
    assert written(SYSTEM, session="s")["message"] == ""


def test_members_can_be_dropped() -> None:
    found = written(user("Hi"), settings={"drop_fields": ["context", "history"]})
    assert found == {"message": "Hi", "sessionId": "d1"}
