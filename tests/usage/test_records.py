"""Records as they stand in a segment."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.usage.dispatches import final, intent
from usage.records import Final, decode, encode


def test_records_come_back_as_they_were() -> None:
    one = intent(external_call_id='é\N{GRINNING FACE}"\\')
    odd = {"code": "x", "at": [1, None]}
    for record in (one, final(one), final(one, error=odd), final(one, details=odd, bytes_in=9)):
        assert decode(encode(record)) == record


def test_a_record_from_before_a_field_was_added_still_reads() -> None:
    assert decode(b'["final","dsp_1","ok",1.5]') == Final("dsp_1", "ok", 1.5)
    until_details = msgspec.json.decode(encode(Final("dsp_1", "ok", 1.5, error={"code": "x"})))[:-2]
    assert until_details[-1] == {"code": "x"}
    assert decode(msgspec.json.encode(until_details)) == Final(
        "dsp_1", "ok", 1.5, error={"code": "x"}
    )


def test_a_record_holds_no_zero_byte() -> None:
    """So that no caller's text can look like the head of another record."""
    assert b"\0" not in encode(intent(external_call_id="\0\0\0"))


@given(st.binary() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(
    msgspec.json.encode))  # fmt: skip
def test_what_is_no_record_is_a_value_error(payload: bytes) -> None:
    with pytest.raises(ValueError, match="not a usage record"):
        decode(payload)
