"""User and assistant by turns."""

from typing import Any

from wire.conversation import Message, Part, TextPart
from wire.turns import system_text, turns

HI = Message("user", (TextPart("Hi"),))


def blocks(part: Part) -> list[dict[str, Any]]:
    text = part.text if isinstance(part, TextPart) else ""
    return [{"text": text}] if text else []


def found(*messages: Message) -> list[tuple[str, list[str]]]:
    said = turns(messages, blocks, {"text": "(begins)"})
    return [(role, [block["text"] for block in each]) for role, each in said]


def test_neighbours_of_one_role_are_joined_and_empty_messages_left_out() -> None:
    there = Message("user", (TextPart("there"), TextPart("")))
    yes = Message("assistant", (TextPart("Yes?"),))
    assert found(HI, Message("assistant", ()), there, yes) == [
        ("user", ["Hi", "there"]), ("assistant", ["Yes?"]),
    ]  # fmt: skip


def test_user_opens_where_the_assistant_would_or_nobody_does() -> None:
    assert found(Message("assistant", (TextPart("Hello"),))) == [
        ("user", ["(begins)"]), ("assistant", ["Hello"]),
    ]  # fmt: skip
    assert found() == [("user", ["(begins)"])]


def test_system_messages_are_no_turns_but_one_text() -> None:
    system = [Message("system", (TextPart(text),)) for text in ("Be brief.", "", "Now!")]
    assert system_text([*system, HI]) == "Be brief.\n\nNow!"
    assert found(*system, HI) == [("user", ["Hi"])]
