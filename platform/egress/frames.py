"""RFC 6455 frames, either way, without I/O.

Not `websockets`' own protocol class: a relayed frame must not wait until its message is whole, and
must not cost more than the system calls that carry it (docs/decisions.md has the figures).
"""

import os
import struct
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Iterator
from typing import NamedTuple

from websockets.speedups import apply_mask

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

PIECE = 64 * 1024
MESSAGE_LIMIT = 32 * 1024 * 1024
REASON_LIMIT = 123

NO_CODE, LOST = 1005, 1006  # what stands for a close without code, and for none at all

_LONE_TEXT = 0x80 | TEXT
_LONE = (_LONE_TEXT, 0x80 | BINARY)
_SHORTEST = 8  # longer than any head that `lone` reads
_CONTROLS = frozenset((CLOSE, PING, PONG))
_decoder = getincrementaldecoder("utf-8")
_SENDABLE = frozenset((*range(1000, 1004), *range(1007, 1015)))


class BrokenProtocol(Exception):
    """The peer broke a rule; `code` is what its connection is closed with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Frame(NamedTuple):
    """A control frame, or a piece of a message: `opcode` of its first piece, then CONTINUATION."""

    opcode: int
    payload: bytes
    final: bool


_HEAD = struct.Struct(">BBH").pack


def may_be_sent(code: int) -> bool:
    """Whether a close frame may hold this code."""
    return code in _SENDABLE or 3000 <= code < 5000


def encode(opcode: int, payload: bytes, *, final: bool = True, masked: bool = False) -> bytes:
    size = len(payload)
    first = opcode | 0x80 if final else opcode
    flag = 0x80 if masked else 0
    if size < 126:
        head = bytes((first, flag | size))
    elif size < 65536:
        head = _HEAD(first, flag | 126, size)
    else:
        head = bytes((first, flag | 127)) + size.to_bytes(8, "big")
    if not masked:
        return head + payload
    key = next(_KEYS)
    return head + key + apply_mask(payload, key)


def close_payload(code: int, reason: str = "") -> bytes:
    """The reason is cut to what a frame can hold, between characters."""
    text = reason.encode("utf-8", "replace")[:REASON_LIMIT].decode("utf-8", "ignore").encode()
    return code.to_bytes(2, "big") + text


def read_close(payload: bytes) -> tuple[int, str]:
    """Code (`NO_CODE` if there is none) and reason. Raises `BrokenProtocol`."""
    if not payload:
        return NO_CODE, ""
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not may_be_sent(code):
        raise BrokenProtocol(1002, "invalid close code")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise BrokenProtocol(1007, "invalid UTF-8 in a close reason") from None


def _keys() -> Iterator[bytes]:
    """Masking keys; one call of the system makes a thousand of them."""
    while True:
        block = os.urandom(4096)
        for start in range(0, len(block), 4):
            yield block[start : start + 4]


_KEYS = _keys()


class FrameReader:
    """Frames out of bytes, however they are cut.

    A frame up to `PIECE` comes whole, a longer one in pieces of that size, so that never more than
    one piece and a head are held. `masked`: the peer is a client.
    """

    __slots__ = (
        "_final", "_key", "_left", "_limit", "_masked", "_opcode", "_rest", "_size", "_started",
        "_text", "_within",
    )  # fmt: skip

    def __init__(self, *, masked: bool, limit: int = MESSAGE_LIMIT) -> None:
        self._masked = masked
        self._limit = limit
        self._rest = b""
        self._opcode = 0  # of the frame whose payload is being read, as it was announced
        self._final = True
        self._key = b""
        self._left = 0  # bytes of that payload still to come
        self._within = False  # whether a frame's head is read and its payload is not
        self._started = False  # whether a message has begun and not ended
        self._size = 0  # of that message so far
        self._text: IncrementalDecoder | None = None  # of a text message in several pieces

    def lone(self, data: bytes) -> Frame | None:
        """The one message that `data` is, whole and short: nearly all are, in a session.

        For anything else it is `None`, and `feed` has to look at it.
        """
        if self._rest or self._within or self._started or len(data) < _SHORTEST:
            return None
        first, size, start = data[0], data[1] & 0x7F, 2
        if first not in _LONE or bool(data[1] & 0x80) is not self._masked or size == 127:
            return None
        if size == 126:
            size, start = data[2] << 8 | data[3], 4
        payload = data[start + 4 :] if self._masked else data[start:]
        if len(payload) != size or size > self._limit:
            return None
        if self._masked:
            payload = apply_mask(payload, data[start : start + 4])
        if first == _LONE_TEXT and not payload.isascii():
            return None
        return Frame(first & 0x0F, payload, True)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """To be read to its end. Raises `BrokenProtocol`; nothing can be read after that."""
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        self._rest = b""
        while True:
            if not self._within:
                length = self._head(data, at, end)
                if not length:
                    break
                at += length
            take = min(self._left, PIECE)
            if end - at < take:
                break
            payload = data[at : at + take]
            at += take
            self._left -= take
            self._within = self._left > 0
            yield self._frame(apply_mask(payload, self._key) if self._masked else payload)
        self._rest = data[at:]

    def _head(self, data: bytes, at: int, end: int) -> int:
        """The bytes of the frame's head; 0 while it is not complete."""
        if end - at < 2:
            return 0
        first, second = data[at], data[at + 1]
        self._check(first, second)
        size, length = second & 0x7F, 2
        if size > 125:
            length = 4 if size == 126 else 10
        total = length + 4 if self._masked else length
        if end - at < total:
            return 0
        if length > 2:
            size = int.from_bytes(data[at + 2 : at + length], "big")
        if self._size + size > self._limit and first & 0x0F < CLOSE:
            raise BrokenProtocol(1009, "the message is too big")
        self._opcode, self._final, self._left = first & 0x0F, bool(first & 0x80), size
        self._key = data[at + length : at + total]
        self._within = True
        return total

    def _check(self, first: int, second: int) -> None:
        opcode = first & 0x0F
        if first & 0x70:
            raise BrokenProtocol(1002, "reserved bits are set")
        if bool(second & 0x80) is not self._masked:
            raise BrokenProtocol(1002, "frames are masked by clients only")
        if opcode in _CONTROLS:
            if second & 0x7F > 125 or not first & 0x80:
                raise BrokenProtocol(1002, "a control frame is too long or fragmented")
            return
        if opcode not in (CONTINUATION, TEXT, BINARY):
            raise BrokenProtocol(1002, "unknown opcode")
        if self._started is not (opcode == CONTINUATION):
            raise BrokenProtocol(1002, "a message is out of sequence")

    def _frame(self, payload: bytes) -> Frame:
        opcode = self._opcode
        if opcode in _CONTROLS:
            return Frame(opcode, payload, True)
        final = self._final and not self._within
        if opcode == TEXT and not (final and payload.isascii()):
            self._text = _decoder()
        if self._text is not None:
            self._check_text(self._text, payload, final)
        self._opcode = CONTINUATION  # what a long frame's further pieces are
        self._started = not final
        self._size = 0 if final else self._size + len(payload)
        if final:
            self._text = None
        return Frame(opcode, payload, final)

    def _check_text(self, decoder: IncrementalDecoder, payload: bytes, final: bool) -> None:
        try:
            decoder.decode(payload, final)
        except UnicodeDecodeError:
            raise BrokenProtocol(1007, "invalid UTF-8") from None
