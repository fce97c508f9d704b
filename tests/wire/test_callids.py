"""Ids that are made, and signatures on their way through those of tool calls."""

import base64

import pytest

from wire.callids import named, split, with_signature
from wire.events import ToolDelta


@pytest.mark.parametrize("size", range(1, 9))
def test_signature_comes_back_as_it_went(size: int) -> None:
    signature = base64.b64encode(bytes(range(250, 250 - size, -1))).decode()
    call_id = with_signature("fc-1", signature)
    assert not set(call_id) & set("+/=")
    assert split(call_id) == ("fc-1", signature)


def test_id_without_a_signature_is_only_an_id() -> None:
    assert with_signature("fc-1", None) == "fc-1"
    assert with_signature("fc-1", "") == "fc-1"
    assert split("fc-1") == ("fc-1", None)


@pytest.mark.parametrize("signature", ["no base64!", "A" * 32769, "QUJD==="])
def test_what_cannot_be_a_signature_is_left_out(signature: str) -> None:
    assert with_signature("fc-1", signature) == "fc-1"


def test_call_without_an_id_gets_one_that_no_other_has() -> None:
    calls = [
        named(ToolDelta(index, "", "f", "{}", choice), unique).id
        for index in (0, 1)
        for choice in (0, 1)
        for unique in ("a" * 32, "b" * 32)
    ]
    assert len(set(calls)) == 8
    assert max(len(made or "") for made in calls) <= 40


def test_made_id_keeps_the_signature_and_own_ids_and_later_pieces_stay() -> None:
    made = named(ToolDelta(0, with_signature("", "QUJD"), "f", ""), "a1")
    assert made.id == "call_a1_0_0__thought__QUJD"
    for delta in (ToolDelta(0, "own", "f", ""), ToolDelta(0, None, None, "{}")):
        assert named(delta, "a1") is delta
