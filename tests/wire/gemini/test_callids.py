"""Signatures on their way through the ids of tool calls."""

import base64

import pytest

from wire.gemini.callids import CallId, made, read, with_signature


@pytest.mark.parametrize("size", range(1, 9))
def test_signature_comes_back_as_it_went(size: int) -> None:
    signature = base64.b64encode(bytes(range(250, 250 - size, -1))).decode()
    call_id = with_signature("fc-1", signature)
    assert not set(call_id) & set("+/=")
    assert read(call_id) == CallId("fc-1", signature)


def test_id_without_a_signature_is_only_an_id() -> None:
    assert with_signature("fc-1", None) == "fc-1"
    assert with_signature("fc-1", "") == "fc-1"
    assert read("fc-1") == CallId("fc-1", None)


@pytest.mark.parametrize("signature", ["no base64!", "A" * 32769, "QUJD==="])
def test_what_cannot_be_a_signature_is_left_out(signature: str) -> None:
    assert with_signature("fc-1", signature) == "fc-1"


def test_ids_that_the_model_did_not_give_are_not_given_to_it() -> None:
    call_id = with_signature(made(0, "r1"), "QUJD")
    assert call_id == "call_0_r1__thought__QUJD"
    assert read(call_id) == CallId(None, "QUJD")
    assert read("call_abc") == CallId(None, None)
    assert read("") == CallId(None, None)
