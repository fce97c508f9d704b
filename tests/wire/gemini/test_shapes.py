"""Answers, typed as they should be and otherwise."""

import pytest

from wire.gemini.shapes import Answer, Candidate, FunctionCall, read_answers


def test_answer_is_read_and_what_is_not_known_skipped() -> None:
    data = b'{"candidates":[{"index":0,"avgLogprobs":-1}],"modelVersion":"m","error":"r"}'
    assert read_answers(data) == [Answer(candidates=[Candidate(index=0)], error="r")]


def test_array_gives_each_of_its_answers() -> None:
    assert read_answers(b'[{"error":"a"},7,{"error":"b"}]') == [
        Answer(error="a"), Answer(error="b"),
    ]  # fmt: skip


def test_ill_typed_member_does_not_spoil_the_others() -> None:
    data = b"""{"usageMetadata":7,"candidates":[{"index":"0","content":{"parts":[
        {"text":5},{"functionCall":{"name":"f","args":{"a":1}}}]}}]}"""
    (answer,) = read_answers(data)
    assert answer.candidates is not None
    content = answer.candidates[0].content
    assert content is not None
    assert content.parts is not None
    assert [part.functionCall for part in content.parts] == [
        None,
        FunctionCall(None, "f", {"a": 1}),
    ]


@pytest.mark.parametrize("data", [b"", b"nonsense", b"7", b"[]", b"[[1]]", b"[" * 5000])
def test_what_holds_no_object_gives_nothing(data: bytes) -> None:
    assert read_answers(data) == []
