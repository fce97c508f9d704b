"""Answers counted and gathered from their events."""

import pytest

from wire.conversation import ToolCall
from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Unusable, Usage
from wire.llm.base import LLMAnswer, LLMTally
from wire.llm.gathering import count, gather, not_cut, tallied

CALL = ToolDelta(0, "t", "für", "{}")


@pytest.mark.parametrize(
    ("event", "tally"),
    [
        (Text("é"), LLMTally(has_content=True, content_bytes=2)),
        (Text("x", 1), LLMTally(has_content=True, content_bytes=1)),
        (CALL, LLMTally(has_content=True, content_bytes=6)),
        (ToolDelta(0, None, None, ""), LLMTally(has_content=True)),
        (Reasoning("Hm"), LLMTally(reasoning_bytes=2)),
        (Usage(1, 2), LLMTally(usage=Usage(1, 2))),
        (Finish("stop"), LLMTally(finished=True)),
        (Failure("m"), LLMTally(failure=Failure("m"))),
    ],
)
def test_each_event_counts_as_what_it_is(event: LLMEvent, tally: LLMTally) -> None:
    found = LLMTally()
    count(found, event)
    assert found == tally


def test_first_failure_and_last_usage_are_kept() -> None:
    found = tallied([Usage(1, 1), Failure("a"), Usage(1, 2), Failure("b")])
    assert found == LLMTally(usage=Usage(1, 2), failure=Failure("a"), done=True)


def test_being_cut_off_is_told_from_other_failures() -> None:
    own = [
        Failure("m", code) for code in ("overloaded", "upstream_truncated", "upstream_bad_response")
    ]
    cut = [Unusable("m", "upstream_truncated"), Unusable("m")]
    assert not_cut([Text("Hi"), *cut, *own]) == [Text("Hi"), *own]


def test_answer_is_the_first_choice_with_its_calls_put_together() -> None:
    found = gather(
        [Text("H"), Reasoning("m"), Text("no", 1), Text("i"), CALL, ToolDelta(1, "u", "g", ""),
         ToolDelta(1, None, None, "[]"), Usage(1, 1), Finish("tool_calls"), Finish("length", 1),
         Usage(1, 2)]
    )  # fmt: skip
    calls = (ToolCall("t", "für", "{}"), ToolCall("u", "g", "[]"))
    assert found == LLMAnswer("Hi", "m", calls, Usage(1, 2), "tool_calls")


def test_answer_may_be_nothing() -> None:
    assert gather([]) == LLMAnswer()
    assert gather([ToolDelta(0, None, None, "{}")]).calls == (ToolCall("", "", "{}"),)
