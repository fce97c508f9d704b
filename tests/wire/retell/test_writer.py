"""What is spoken in a turn."""

import json
from typing import Any

from wire.conversation import ToolCall
from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Usage
from wire.llm.base import LLMAnswer, LLMRequest, Stamp
from wire.retell.frames import APOLOGY
from wire.retell.requests import read_request
from wire.retell.writer import TurnWriter, write_answer


def asked(kind: str = "response_required") -> LLMRequest:
    return read_request(json.dumps({"interaction_type": kind, "response_id": 7}).encode())


def messages(raw: bytes) -> list[Any]:
    found = [json.loads(line) for line in raw.splitlines()]
    assert all((each["response_type"], each["response_id"]) == ("response", 7) for each in found)
    return [(each["content"], each["content_complete"]) for each in found]


def written(*events: LLMEvent, kind: str = "response_required") -> bytes:
    writer = TurnWriter(asked(kind))
    return b"".join(map(writer.write, events)) + writer.end()


def test_words_go_out_as_they_come_and_the_turn_is_completed_once() -> None:
    raw = written(Text("Hel\nlo"), Text(" there"), Finish("stop"), Usage(1, 2))
    assert messages(raw) == [("Hel\nlo", False), (" there", False), ("", True)]


def test_thoughts_and_other_choices_are_not_spoken() -> None:
    assert messages(written(Reasoning("Hm"), Text("Yo", 1), Text("Hi"))) == [
        ("Hi", False), ("", True),
    ]  # fmt: skip


def test_tools_become_actions_of_the_last_message() -> None:
    raw = written(Text("Bye"), ToolDelta(0, "t", "end_call", "{}"), Finish("tool_calls"))
    first, last = (json.loads(line) for line in raw.splitlines())
    assert "end_call" not in first
    assert last["end_call"] is True


def test_failure_before_any_word_is_an_apology_and_after_it_the_end() -> None:
    for said, spoken in ((), APOLOGY), ((Text(" "),), APOLOGY), ((Text("Hel"),), ""):
        writer = TurnWriter(asked())
        for event in said:
            writer.write(event)
        assert messages(writer.write(Failure("m"))) == [(spoken, True)]
        assert messages(writer.fail(code="c", message="m")) == [(spoken, True)]


def test_reminder_that_fails_is_not_spoken_of() -> None:
    writer = TurnWriter(asked("reminder_required"))
    assert messages(writer.fail(code="c", message="m")) == [("", True)]


def test_whole_answer_is_a_turn_too() -> None:
    call = ToolCall("t", "transfer_call", '{"number":"+15550100"}')
    raw = write_answer(LLMAnswer("One moment.", "Hm", (call,)), asked(), Stamp("", 0))
    assert messages(raw) == [("One moment.", False), ("", True)]
    assert json.loads(raw.splitlines()[-1])["transfer_number"] == "+15550100"
    assert messages(write_answer(LLMAnswer(), asked(), Stamp("", 0))) == [("", True)]
