"""Server-sent events: cutting a stream into events with their exact bytes, and reading one.

All line ends (LF, CRLF, CR, mixed) are understood, and cuts anywhere: inside a character, inside a
line, between the CR and the LF of one line end.
"""

import re
from typing import NamedTuple

EVENT_LIMIT = 256 * 1024
BOM = b"\xef\xbb\xbf"

# Python 3.11.2, which Debian 12 has, errs with possessive quantifiers and atomic groups.
_END = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?(?:(?::[^\r\n]*)?(?:\r\n|\n|\r))*")
_NAMED = re.compile(rb"event: ?([^\r\n]*)\ndata: ?([^\r\n]*)\n\n")
_OVERLAP = 3
_FIELDS = (b":", b"data:", b"event:", b"id:", b"retry:", b"error:")


class Overlong(bytes):
    """A piece of an event that is larger than the limit."""


class SSESplitter:
    """Cuts a stream behind each blank line. The pieces, joined, are the stream.

    A piece is one event with what stands before it (comments, blank lines), or comments alone.
    When a piece ended with the CR of a CRLF whose LF came later, that LF is a piece of its own.
    An event over the limit comes in pieces of type `Overlong`.
    """

    __slots__ = ("_after_cr", "_limit", "_sees_cr", "overlong", "pending")

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self.pending = bytearray()
        self._limit = limit
        self.overlong = False
        self._after_cr = False
        self._sees_cr = False

    @property
    def idle(self) -> bool:
        """Whether the next byte begins a new event."""
        return not (self.pending or self._after_cr)

    def is_alone(self, data: bytes) -> bool:
        """Whether `data` is one event that `feed` would give back as it is: the common case."""
        if self.pending or self._after_cr or len(data) > self._limit:
            return False
        return payload_of(data) is not None if b"\r" in data else _ends_once(data)

    def feed(self, data: bytes) -> list[bytes]:
        if self.is_alone(data):
            return [data]
        self._sees_cr = self._sees_cr or b"\r" in data
        pieces: list[bytes] = []
        if self._after_cr and data:
            self._after_cr = False
            if data.startswith(b"\n"):
                pieces.append(b"\n")
                data = data[1:]
        self._split(data, pieces)
        self._shed(pieces)
        return pieces

    def close(self) -> bytes:
        """What is left: an event without its blank line, or nothing."""
        rest = bytes(self.pending)
        self.pending.clear()
        return Overlong(rest) if self.overlong else rest

    def _split(self, data: bytes, pieces: list[bytes]) -> None:
        scan = max(0, len(self.pending) - _OVERLAP)
        self.pending += data
        end = self._end(self.pending, scan)
        if not end:
            return
        whole = bytes(self.pending)
        start = 0
        while end:
            piece = whole[start:end]
            too_long = self.overlong or len(piece) > self._limit
            pieces.append(Overlong(piece) if too_long else piece)
            self.overlong = False
            start = end
            end = self._end(whole, start)
        self.pending = bytearray(whole[start:])
        self._after_cr = not self.pending and whole.endswith(b"\r")

    def _end(self, data: bytes | bytearray, start: int) -> int:
        """Where the first event from `start` on ends; 0 when it does not."""
        if not self._sees_cr:
            found = data.find(b"\n\n", start)
            return found + 2 if found >= 0 else 0
        match = _END.search(data, start)
        return match.end() if match else 0

    def _shed(self, pieces: list[bytes]) -> None:
        """Keeps no more of an overlong event than finding its end needs."""
        if len(self.pending) > self._limit or (self.overlong and len(self.pending) > _OVERLAP):
            self.overlong = True
            pieces.append(Overlong(self.pending[:-_OVERLAP]))
            del self.pending[:-_OVERLAP]


def _ends_once(data: bytes) -> bool:
    """Whether there is one blank line, and that at the end."""
    return data.find(b"\n\n") == len(data) - 2 >= 0


def payload_of(data: bytes) -> bytes | None:
    """The payload when `data` is exactly one event of one `data:` line: the common case.

    Otherwise, also for an event over the limit, `None`: it takes more to tell.
    """
    if not data.startswith(b"data:") or len(data) > EVENT_LIMIT:
        return None
    line_end = data.find(b"\n")
    if line_end == len(data) - 2 and data.endswith(b"\n") and b"\r" not in data:
        return data[5:-2]
    if (
        line_end == len(data) - 3
        and data.endswith(b"\r\n\r\n")
        and data.find(b"\r") == len(data) - 4
    ):
        return data[5:-4]
    return None


def leading_size(piece: bytes | bytearray) -> int:
    """Size of the BOM and of the whole comments and blank lines that `piece` begins with."""
    match = _LEADING.match(piece)
    return match.end() if match else 0


class SSEEvent(NamedTuple):
    """`data` is `None` without a `data:` line; `error` is llama.cpp's field of that name."""

    data: bytes | None
    event: bytes = b""
    error: bytes | None = None


def read_event(piece: bytes) -> SSEEvent:
    """The fields of one event; lines of other names, and comments, are ignored."""
    payload = payload_of(piece)
    if payload is not None:
        return SSEEvent(payload.removeprefix(b" "))
    lines = _NAMED.fullmatch(piece)
    if lines is not None:
        return SSEEvent(lines[2], lines[1])
    values: dict[bytes, list[bytes]] = {}
    for line in piece.removeprefix(BOM).splitlines():
        name, _, value = line.partition(b":")
        values.setdefault(name, []).append(value.removeprefix(b" "))
    data, error = values.get(b"data"), values.get(b"error")
    return SSEEvent(
        None if data is None else b"\n".join(data),
        values.get(b"event", [b""])[-1],
        None if error is None else b"\n".join(error),
    )


def is_stream(content_type: str, start: bytes) -> bool | None:
    """The first byte decides, where there is one: many servers mislabel either kind."""
    text = start.removeprefix(BOM).lstrip()
    labelled = "event-stream" in content_type.lower()
    if not text:
        return True if labelled else None
    if text[:1] in (b"{", b"["):
        return False
    return labelled or any(text.startswith(name) or name.startswith(text) for name in _FIELDS)
