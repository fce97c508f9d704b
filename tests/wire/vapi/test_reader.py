"""The stream of a server made for Vapi."""

import json
from typing import Any

from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta
from wire.vapi.reader import VapiReader


def chunk(*choices: Any) -> bytes:
    return b"data: " + json.dumps({"choices": choices}).encode() + b"\n\n"


def says(text: str, index: int = 0, finish: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": {"content": text}, "finish_reason": finish}


def read(*pieces: bytes) -> list[LLMEvent]:
    reader = VapiReader()
    found = [each for piece in pieces for each in reader.feed(piece)]
    return [*found, *reader.close()]


def test_marks_are_cut_out_of_each_choice_and_what_is_held_comes_before_its_end() -> None:
    found = read(chunk(says("a<fl"), says("b <", 1)), chunk(says("ush/>c"), says("", 1, "stop")))
    assert found[:5] == [Text("a"), Text("b ", 1), Text("c"), Text("<", 1), Finish("stop", 1)]
    assert len(found) == 5


def test_what_is_held_comes_before_a_failure_and_at_the_end() -> None:
    error = b'data: {"error":"boom"}\n\n'
    assert read(chunk(says("a <")), error) == [Text("a "), Text("<"), Failure("boom")]
    assert read(chunk(says("a <")), b"data: [DONE]\n\n") == [Text("a "), Text("<")]


def test_all_else_is_as_in_openais_stream() -> None:
    call = {"index": 0, "id": "t", "function": {"name": "f", "arguments": "{}"}}
    delta = {"reasoning": "Hm <flush>", "tool_calls": [call]}
    reader = VapiReader()
    assert reader.feed(chunk({"delta": delta, "finish_reason": "tool_calls"})) == [
        Reasoning("Hm <flush>"), ToolDelta(0, "t", "f", "{}"), Finish("tool_calls"),
    ]  # fmt: skip
    assert not reader.done
    reader.feed(b"data: [DONE]\n\n")
    assert reader.done


def test_whole_answer_has_no_marks_either() -> None:
    assert VapiReader().whole([Text("a<flush />b <")]) == [Text("ab "), Text("<")]


def test_thought_behind_a_mark_is_not_spoken() -> None:
    found = read(chunk(says("<flu")), chunk(says("sh /><thi")), chunk(says("nk>a</think>b")))
    assert found[:2] == [Reasoning("a"), Text("b")]
