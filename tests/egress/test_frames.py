"""Our frames beside those of the `websockets` library, cut anywhere."""

import os
import random

import pytest
from websockets.frames import CloseCode, Opcode
from websockets.frames import Frame as Theirs
from websockets.protocol import OPEN, Protocol, Side

from egress.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    NO_CODE,
    PIECE,
    PING,
    PONG,
    TEXT,
    BrokenProtocol,
    Frame,
    FrameReader,
    close_payload,
    encode,
    may_be_sent,
    read_close,
)


def frames(data: bytes, *, masked: bool = True, limit: int = 1 << 20) -> list[Frame]:
    return list(FrameReader(masked=masked, limit=limit).feed(data))


def theirs(opcode: int, payload: bytes, *, final: bool = True, masked: bool = True) -> bytes:
    return Theirs(Opcode(opcode), payload, final).serialize(mask=masked)


SIZES = (0, 1, 3, 125, 126, 127, 640, 65535, 65536)


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_what_they_write_is_read(size: int, masked: bool) -> None:
    payload = os.urandom(size)
    got = frames(theirs(BINARY, payload, masked=masked), masked=masked)
    assert got == [Frame(BINARY, payload, True)]


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_what_is_written_they_read(size: int, masked: bool) -> None:
    payload = os.urandom(size)
    reader = Protocol(Side.SERVER if masked else Side.CLIENT, state=OPEN)
    reader.receive_data(encode(BINARY, payload, masked=masked))
    (got,) = reader.events_received()
    assert isinstance(got, Theirs)
    assert (got.opcode, got.data, got.fin) == (Opcode.BINARY, payload, True)


def test_no_two_frames_have_one_mask() -> None:
    keys = {encode(BINARY, b"", masked=True)[2:6] for _ in range(3000)}
    assert len(keys) > 2990


def test_frames_come_out_the_same_at_every_split() -> None:
    wire = (
        theirs(TEXT, "hé".encode())
        + theirs(BINARY, b"a" * 126, final=False)
        + theirs(PING, b"!")
        + theirs(CONTINUATION, b"b" * 5)
        + theirs(CLOSE, close_payload(1000))
    )
    whole = frames(wire)
    assert [each.opcode for each in whole] == [TEXT, BINARY, PING, CONTINUATION, CLOSE]
    for cut in range(len(wire) + 1):
        reader = FrameReader(masked=True)
        assert [*reader.feed(wire[:cut]), *reader.feed(wire[cut:])] == whole
    reader = FrameReader(masked=True)
    assert [each for byte in wire for each in reader.feed(bytes([byte]))] == whole


def read_as_links_do(reader: FrameReader, data: bytes) -> list[Frame]:
    lone = reader.lone(data)
    return list(reader.feed(data)) if lone is None else [lone]


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_lone_message_is_read_alike(opcode: int, size: int, masked: bool) -> None:
    payload = b"x" * size
    wire = theirs(opcode, payload, masked=masked)
    reader = FrameReader(masked=masked)
    assert (reader.lone(wire) is not None) is (len(wire) >= 8 and size < 65536)
    for _ in range(2):
        got = read_as_links_do(reader, wire)
        assert [each.opcode for each in got] == [opcode, CONTINUATION][: len(got)]
        assert b"".join(each.payload for each in got) == payload


@pytest.mark.parametrize(
    "wire",
    [
        theirs(PING, b"twenty bytes or more"),
        theirs(TEXT, "two bytes each: äöü".encode()),
        theirs(BINARY, b"only the beginning", final=False),
        theirs(CONTINUATION, b"nothing was begun"),
        theirs(BINARY, b"two of them") * 2,
        theirs(BINARY, b"cut off")[:-1],
        theirs(BINARY, b"not masked", masked=False),
        b"\xc2" + theirs(BINARY, b"reserved bits")[1:],
        theirs(BINARY, b"more than the limit allows, which is sixty-four bytes here, by some"),
    ],
    ids=["control", "not ASCII", "piece", "end", "two", "cut", "mask", "reserved", "limit"],
)
def test_what_is_not_a_lone_message_is_left_to_the_reader(wire: bytes) -> None:
    assert FrameReader(masked=True, limit=64).lone(wire) is None


@pytest.mark.parametrize(
    "begun",
    [
        theirs(BINARY, b"its end is missing")[:-1],
        theirs(BINARY, b"its head is missing")[:1],
        theirs(BINARY, b"a piece", final=False),
    ],
    ids=["frame", "head", "message"],
)
def test_nothing_is_a_lone_message_behind_what_has_begun(begun: bytes) -> None:
    reader = FrameReader(masked=True)
    list(reader.feed(begun))
    assert reader.lone(theirs(BINARY, b"whole and short")) is None


def test_a_long_frame_comes_in_pieces_however_it_arrives() -> None:
    payload = os.urandom(3 * PIECE + 7)
    wire = theirs(BINARY, payload)
    reader, got, at = FrameReader(masked=True), [], 0
    while at < len(wire):
        step = random.randint(1, 2 * PIECE)
        got += reader.feed(wire[at : at + step])
        at += step
    assert b"".join(each.payload for each in got) == payload
    assert [each.opcode for each in got] == [BINARY] + [CONTINUATION] * 3
    assert [each.final for each in got] == [False, False, False, True]


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (theirs(TEXT, b"x", masked=False), 1002),
        (b"\xc1\x80" + bytes(4), 1002),
        (b"\x83\x80" + bytes(4), 1002),
        (theirs(CONTINUATION, b""), 1002),
        (theirs(TEXT, b"", final=False) + theirs(TEXT, b""), 1002),
        (b"\x09\x80" + bytes(4), 1002),
        (b"\x89\xfe\x00\x7e" + bytes(4 + 126), 1002),
        (theirs(TEXT, b"\xff"), 1007),
        (theirs(TEXT, b"\xc3"), 1007),
        (theirs(TEXT, b"\xc3", final=False) + theirs(CONTINUATION, b"("), 1007),
        (b"\x82\xff" + (1 << 63).to_bytes(8, "big") + bytes(4), 1009),
        (theirs(BINARY, b"a" * 60, final=False) + theirs(CONTINUATION, b"a" * 41), 1009),
    ],
    ids=lambda value: "frames" if isinstance(value, bytes) else str(value),
)
def test_what_breaks_a_rule_is_refused_with_its_code(wire: bytes, code: int) -> None:
    with pytest.raises(BrokenProtocol) as caught:
        frames(wire, limit=100)
    assert caught.value.code == code


def test_half_a_character_may_stand_at_the_end_of_a_fragment() -> None:
    wire = theirs(TEXT, b"\xc3", final=False) + theirs(CONTINUATION, b"\xa9")
    assert [each.payload for each in frames(wire)] == [b"\xc3", b"\xa9"]


def test_a_message_of_the_limit_passes_and_the_next_counts_anew() -> None:
    assert len(frames(theirs(BINARY, b"a" * 100) * 3, limit=100)) == 3


@pytest.mark.parametrize("payload", [b"\x03", b"\x03\xed", b"\x03\xee", b"\x03\xf7", b"\x00\x00"])
def test_a_close_that_must_not_be_is_refused(payload: bytes) -> None:
    with pytest.raises(BrokenProtocol) as caught:
        read_close(payload)
    assert caught.value.code == 1002


def test_a_close_holds_code_and_reason_and_no_more_than_a_frame_takes() -> None:
    assert read_close(close_payload(4001, "so long")) == (4001, "so long")
    assert read_close(b"") == (NO_CODE, "")
    code, reason = read_close(close_payload(1011, "é" * 100))
    assert (code, reason) == (1011, "é" * 61)
    with pytest.raises(BrokenProtocol) as caught:
        read_close(b"\x03\xe8\xff")
    assert caught.value.code == 1007


def test_codes_that_stand_for_no_frame_are_never_sent() -> None:
    assert not {1004, 1005, 1006, 1015, 0, 999, 2999, 5000} & {*filter(may_be_sent, range(6000))}
    assert all(
        may_be_sent(code) for code in (*CloseCode, 3000, 4999) if code not in (1005, 1006, 1015)
    )


def test_pongs_are_frames_of_their_own() -> None:
    assert frames(theirs(PONG, b"x")) == [Frame(PONG, b"x", True)]
