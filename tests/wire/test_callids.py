"""Signatures on their way through the ids of tool calls."""

import base64

import pytest

from wire.callids import split, with_signature


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
