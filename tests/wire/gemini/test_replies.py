"""Whole answers of Gemini's, and its errors."""

import pytest

from wire.events import Failure, Finish, Text, Usage
from wire.gemini.replies import read_answer, read_error

HI = b'{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}]'


def test_whole_answer_is_read_alone_or_in_the_pieces_of_an_array() -> None:
    usage = b',"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":1}}'
    assert read_answer(HI + usage) == [Text("Hi"), Usage(9, 1), Finish("stop")]
    pieces = b"[" + HI.replace(b"STOP", b"") + b"},\n" + HI + usage + b"]"
    assert read_answer(pieces) == [Text("Hi"), Text("Hi"), Usage(9, 1), Finish("stop")]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"choices":[]}', b"<html>"])
def test_what_is_no_answer_is_a_bad_response(body: bytes) -> None:
    (failure,) = read_answer(body)
    assert isinstance(failure, Failure)
    assert failure.code == "upstream_bad_response"


def test_block_and_error_are_told_as_what_they_are() -> None:
    (blocked,) = read_answer(b'{"promptFeedback":{"blockReason":"SAFETY"}}')
    assert blocked == Failure("The prompt was blocked: SAFETY.", "content_filter")
    assert read_answer(b'{"error":{"code":500,"message":"m"}}') == [Failure("m", "500")]


def test_error_is_known_by_its_status() -> None:
    error = b'{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}'
    assert read_error(error) == Failure("m", "INVALID_ARGUMENT")
    assert read_error(b"[" + error + b"]") == Failure("m", "INVALID_ARGUMENT")
