"""What VEXYL is answered."""

import json
from typing import Any

from wire.conversation import ToolCall
from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Usage
from wire.llm.base import LLMAnswer, Stamp
from wire.vexyl.errors import APOLOGY
from wire.vexyl.requests import read_request
from wire.vexyl.writer import TEXT_LIMIT, ReplyWriter, write_answer

STAMP = Stamp("d1", 0)
ASKED = read_request(b'{"message":"Hi","sessionId":"s1"}')
NAMELESS = read_request(b'{"message":"Hi"}')


def written(*events: LLMEvent) -> Any:
    writer = ReplyWriter(ASKED, STAMP)
    assert b"".join(map(writer.write, events)) == b""
    return json.loads(writer.end())


def test_pieces_become_one_answer() -> None:
    found = written(Text("Hel"), Text("lo"), Finish("stop"), Usage(9, 1))
    assert found == {
        "response": "Hello", "sessionId": "s1", "shouldEscalate": False, "shouldHangup": False,
    }  # fmt: skip


def test_thoughts_other_choices_and_other_tools_are_left_out() -> None:
    found = written(Reasoning("Hm"), Text("Hi"), Text("Yo", 1), ToolDelta(0, "t", "weather", "{}"))
    assert (found["response"], found["shouldEscalate"]) == ("Hi", False)
    assert not written(ToolDelta(0, "t", "end_call", "", 1))["shouldHangup"]


def test_tools_and_marks_set_the_flags() -> None:
    called = written(ToolDelta(0, "t", "end_call", ""), ToolDelta(0, None, None, "{}"))
    assert (called["shouldHangup"], called["shouldEscalate"]) == (True, False)
    marked = written(Text("One moment. [ESC"), Text("ALATE]"))
    assert (marked["response"], marked["shouldEscalate"]) == ("One moment.", True)


def test_text_without_end_is_cut() -> None:
    found = written(*[Text("x" * 40_000)] * 5)
    assert len(found["response"]) == TEXT_LIMIT


def test_failure_is_an_apology() -> None:
    writer = ReplyWriter(ASKED, STAMP)
    writer.write(Text("Hel"))
    for failure, code in ((Failure("m", "oom"), "oom"), (Failure("m"), "upstream_error")):
        found = json.loads(writer.write(failure))
        assert (found["response"], found["error"]["code"]) == (APOLOGY, code)
    assert APOLOGY.encode() in writer.fail(code="c", message="m")


def test_whole_answer_is_one_too() -> None:
    calls = (ToolCall("t", "transfer_call", "{}"), ToolCall("u", "weather", "{}"))
    answer = LLMAnswer("Bye. [HANGUP]", "Hm", calls)
    assert json.loads(write_answer(answer, NAMELESS, STAMP)) == {
        "response": "Bye.", "sessionId": "d1", "shouldEscalate": True, "shouldHangup": True,
    }  # fmt: skip
    assert json.loads(ReplyWriter(NAMELESS, STAMP).end())["sessionId"] == "d1"
