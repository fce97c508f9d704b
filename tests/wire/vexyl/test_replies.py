"""What a VEXYL-style endpoint answers (see also its corpus, in the test of the format)."""

import json
from typing import Any

import pytest

from tests.wire.corpus import meaning
from wire.events import Failure, Finish, Text, Unusable, Usage
from wire.vexyl.replies import PLACES, read_answer, reply_session, reply_text


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def at(path: str, value: Any) -> Any:
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


@pytest.mark.parametrize("place", PLACES)
def test_words_are_found_in_each_place_that_vexyl_knows(place: str) -> None:
    assert read_answer(body(at(place, "Hello")), {}) == [Text("Hello"), Finish("stop")]


def test_there_are_eleven_places_and_the_first_with_words_holds() -> None:
    assert len(PLACES) == 11
    answer = {"content": "last", "message": {"no": "text"}, "text": "", "output": "first"}
    assert meaning.texts(read_answer(body(answer), {})) == {"0": "first"}


def test_path_of_ones_own_is_the_only_place() -> None:
    settings = {"response_field": "data.output.message"}
    answer = {"response": "no", "data": {"output": {"message": "yes"}}}
    assert meaning.texts(read_answer(body(answer), settings)) == {"0": "yes"}
    for missing in ({"response": "no"}, {"data": {"output": {"message": " "}}}):
        (failure,) = read_answer(body(missing), settings)
        assert failure == Unusable("The endpoint's answer has no words at `data.output.message`.")


def test_thoughts_without_words_are_no_answer_wherever_they_stand() -> None:
    (failure,) = read_answer(b'{"a":"<think>Hm</think>"}', {"response_field": "a"})
    assert isinstance(failure, Failure)
    assert "has no words" in failure.message


@pytest.mark.parametrize("place", ["", "metadata.", "data."])
@pytest.mark.parametrize("value", [True, "true"])
def test_flags_are_found_and_told_as_calls_of_the_named_tools(place: str, value: Any) -> None:
    settings = {"escalate_tool": "transferCall", "hangup_tool": "endCall"}
    for flag, tool in (("shouldEscalate", "transferCall"), ("shouldHangup", "endCall")):
        answer = {"response": "Ok"}
        answer |= at(f"{place}{flag}", value)
        found = read_answer(body(answer), settings)
        (call,) = meaning.tools(found)
        assert (call["name"], call["arguments"]) == (tool, "{}")
        assert meaning.finishes(found) == ["tool_calls"]


@pytest.mark.parametrize("value", [False, "false", None, 0, {}, "yes"])
def test_flag_that_is_not_set_is_none(value: Any) -> None:
    found = read_answer(body({"response": "Ok", "shouldHangup": value}), {})
    assert found == [Text("Ok"), Finish("stop")]


def test_flag_alone_is_an_answer_even_at_a_path_of_ones_own() -> None:
    found = read_answer(b'{"shouldHangup":true}', {"response_field": "a.b"})
    assert [call["name"] for call in meaning.tools(found)] == ["end_call"]


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        ({"promptTokens": 9, "completionTokens": 1}, Usage(9, 1)),
        ({"input_tokens": 9, "output_tokens": 1}, Usage(9, 1)),
        ({"promptTokens": "9", "completionTokens": 1}, None),
        ({"promptTokens": -9, "completionTokens": 10**30}, Usage(0, 1_000_000_000)),
        ([], None),
    ],
)
def test_usage_is_taken_where_it_is_reported(usage: Any, told: Usage | None) -> None:
    for place in ("usage", "metadata.usage", "data.usage"):
        assert meaning.usage(read_answer(body({"response": "a"} | at(place, usage)), {})) == told


@pytest.mark.parametrize("text", [b"[]", b"[7]", b"7", b"{", b"", b"[" * 100_000])
def test_what_is_no_object_is_no_answer(text: bytes) -> None:
    (failure,) = read_answer(text, {})
    assert isinstance(failure, Failure)
    assert failure.code == "upstream_bad_response"


def test_session_is_read_only_where_a_setting_says_so() -> None:
    answer = body({"response": "a", "data": {"sessionId": "s9"}, "long": "s" * 201, "none": ""})
    assert reply_session(answer, {}) is None
    assert reply_session(answer, {"session_field": "data.sessionId"}) == "s9"
    for path in ("sessionId", "long", "none"):
        assert reply_session(answer, {"session_field": path}) is None


def test_list_of_answers_and_a_bare_text_are_answers_too() -> None:
    assert read_answer(b'[{"output":"Hi"},{"output":"Yo"}]', {}) == [Text("Hi"), Finish("stop")]
    assert read_answer(b'"Hi"', {}) == [Text("Hi"), Finish("stop")]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"error": "boom"}, "boom"),
        ({"error": {"message": "boom"}, "message": "Internal"}, "boom"),
        ({"error": True, "message": "boom"}, "boom"),
        ({"success": False, "text": "Hi", "message": "boom"}, "boom"),
    ],
)
def test_error_with_a_success_status_is_never_spoken(answer: Any, says: str) -> None:
    assert read_answer(body(answer), {}) == [Failure(says)]


def test_words_of_our_own_answer_are_its_response() -> None:
    assert reply_text(b'{"response":"Hi"}') == "Hi"
    assert reply_text(b"nonsense") == ""
