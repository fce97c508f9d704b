"""Records in bytes, whole, torn and forged."""

import random
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.framing import MAX_PAYLOAD, frame, is_torn, read

PAYLOADS = [b'["intent","dsp_1"]', b"x", b'["final","dsp_1","ok",1700000000.25]']
WHOLE = b"".join(map(frame, PAYLOADS))
ENDS = [sum(len(frame(each)) for each in PAYLOADS[:count]) for count in range(4)]


def whole_before(offset: int) -> int:
    return sum(1 for end in ENDS[1:] if end <= offset)


def test_what_was_framed_is_read() -> None:
    assert read(WHOLE) == (PAYLOADS, len(WHOLE))
    assert read(WHOLE, ENDS[1]) == (PAYLOADS[1:], len(WHOLE))


@pytest.mark.parametrize("offset", range(len(WHOLE) + 1))
@pytest.mark.parametrize("tail", [b"", b"\0" * 300], ids=["cut", "zeros"])
def test_a_tail_torn_at_any_byte_costs_only_the_record_it_tears(offset: int, tail: bytes) -> None:
    count = whole_before(offset)
    data = WHOLE[:offset] + tail
    assert read(data) == (PAYLOADS[:count], ENDS[count])
    assert is_torn(data[ENDS[count] :])


@pytest.mark.parametrize("offset", range(ENDS[2], len(WHOLE)))
def test_garbage_from_any_byte_of_a_record_on_hides_that_record_only(offset: int) -> None:
    noise = random.Random(offset).randbytes(len(WHOLE) - offset)
    assert read(WHOLE[:offset] + noise) == (PAYLOADS[:2], ENDS[2])


@pytest.mark.parametrize("bit", range((len(WHOLE) - ENDS[2]) * 8))
def test_no_flipped_bit_goes_unseen(bit: int) -> None:
    data = bytearray(WHOLE)
    data[ENDS[2] + bit // 8] ^= 1 << bit % 8
    assert read(bytes(data)) == (PAYLOADS[:2], ENDS[2])


def test_damage_in_the_middle_is_told_from_a_torn_tail() -> None:
    data = bytearray(WHOLE)
    data[ENDS[1] - 1] ^= 1
    assert not is_torn(bytes(data))
    assert not is_torn(b"\xff" * 100)


@given(st.binary(max_size=400), st.integers(0, 50))
def test_nothing_makes_the_reader_raise_or_believe_a_wrong_checksum(
    data: bytes, start: int
) -> None:
    payloads, end = read(data, start)
    assert b"".join(map(frame, payloads)) == data[start:end]
    assert end >= start
    is_torn(data)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.binary(max_size=7))
def test_any_payloads_come_back_whatever_follows(payloads: list[bytes], rest: bytes) -> None:
    data = b"".join(map(frame, payloads))
    assert read(data + rest) == (payloads, len(data))


def test_zeros_are_no_record() -> None:
    assert crc32(b"") == 0
    assert read(b"\0" * 64) == ([], 0)


@pytest.mark.parametrize("payload", [b"", b"x" * (MAX_PAYLOAD + 1)])
def test_what_no_reader_would_take_is_not_framed(payload: bytes) -> None:
    with pytest.raises(ValueError, match=f"{len(payload)} bytes"):
        frame(payload)
    assert read(frame(b"x" * MAX_PAYLOAD))[0] == [b"x" * MAX_PAYLOAD]
