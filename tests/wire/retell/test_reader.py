"""A Retell-style server's turn, read into events; the corpus is read in test_retell_llm.py too."""

import json

import pytest

from tests.wire.corpus import Case, cases
from tests.wire.corpus.meaning import check_meaning, cuts
from wire.events import Failure, Finish, Text, ToolDelta
from wire.retell.reader import TurnReader, read_answer
from wire.sse import EVENT_LIMIT

CASES = cases("retell-llm")


def event(**members: object) -> bytes:
    return b"data: %b\n\n" % json.dumps({"response_id": 1, **members}).encode()


END = event(content_complete=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_turn_has_the_same_meaning_however_it_is_cut(case: Case) -> None:
    for pieces in cuts(case.body):
        reader = TurnReader({})
        found = [event for piece in pieces for event in reader.feed(piece)]
        assert reader.done is (case.complete and case.failure is None)
        check_meaning(case, [*found, *reader.close()])


def test_pieces_are_told_as_they_come() -> None:
    reader = TurnReader({})
    assert reader.feed(event(content="Hel")) == [Text("Hel")]
    assert reader.feed(event(content="lo")) == [Text("lo")]
    assert reader.feed(END) == [Finish("stop")]
    assert reader.close() == []


@pytest.mark.parametrize(
    ("member", "setting", "arguments"),
    [
        ({"end_call": True}, "end_call_tool", "{}"),
        ({"transfer_number": "+1"}, "transfer_tool", '{"number":"+1"}'),
        ({"digit_to_press": "1"}, "digit_tool", '{"digit":"1"}'),
    ],
)
def test_tools_have_the_names_that_are_set(
    member: dict[str, object], setting: str, arguments: str
) -> None:
    body = event(content_complete=True, **member)
    (call, finish) = read_answer(body, {setting: "mine"})
    assert isinstance(call, ToolDelta)
    assert (call.name, call.arguments, finish) == ("mine", arguments, Finish("tool_calls"))


@pytest.mark.parametrize(
    ("member", "arguments"),
    [({"transfer_number": "+1"}, '{"number":"+1"}'), ({"digit_to_press": 7}, '{"digit":"7"}')],
)
def test_action_of_an_earlier_piece_is_not_forgotten(
    member: dict[str, object], arguments: str
) -> None:
    (call, _) = read_answer(event(**member) + END, {})
    assert isinstance(call, ToolDelta)
    assert call.arguments == arguments


def test_text_that_could_have_become_a_tag_is_told_at_the_end() -> None:
    assert read_answer(event(content="<thi") + END, {}) == [Text("<thi"), Finish("stop")]
    (held, cut) = read_answer(event(content="<thi"), {})
    assert held == Text("<thi")
    assert isinstance(cut, Failure)


def test_message_that_is_too_large_ends_the_turn_once() -> None:
    reader = TurnReader({})
    found = reader.feed(event(content="x" * (EVENT_LIMIT * 2)) + END)
    assert [each.code for each in found if isinstance(each, Failure)] == ["upstream_bad_response"]
    huge = b"data: " + b"x" * (EVENT_LIMIT + 1)
    again = TurnReader({})
    found = [event for _ in range(3) for event in again.feed(huge)]
    assert len(found) == 1
