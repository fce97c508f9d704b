"""Pass-through of a Chat Completions stream, metered.

Bytes go out as they came in. With `withhold`, the one chunk that Patchbay's own
`stream_options.include_usage` causes (usage, and no choices) does not go out at all.
"""

import re

from msgspec import UNSET

from wire.llm.base import LLMTally
from wire.openai.chunks import failure_of, read_chunk
from wire.openai.errors import write_stream_error
from wire.openai.shapes import Chunk
from wire.openai.tally import DONE, count_data, count_event
from wire.sse import Overlong, SSESplitter, leading_size, payload_of, read_event

HELD_LIMIT = 16 * 1024
"""No usage chunk is larger; an unfinished event that is larger is passed on."""

_HAS_CHOICES = re.compile(rb'"choices"\s*:\s*\[\s*\{')


class ChatRelay:
    """An `LLMRelay`. What goes out of an event that is still coming in:

    | it | `_free` | goes out |
    |---|---|---|
    | may be the chunk to withhold | no | comments and blank lines before it |
    | is another, or too large | yes | whole lines; any bytes once much of a line is held |

    `_passed` bytes of the splitter's pending ones have gone out.
    """

    __slots__ = ("_drop_lf", "_free", "_idle", "_mid_event", "_passed", "_splitter", "_withhold",
                 "end_mark", "tally")  # fmt: skip

    def __init__(self, *, withhold: bool) -> None:
        self.tally = LLMTally()
        self.end_mark = DONE
        self._withhold = withhold
        self._splitter = SSESplitter()
        self._idle = True
        self._passed = 0
        self._free = not withhold
        self._drop_lf = False
        self._mid_event = False

    def feed(self, data: bytes) -> bytes:
        payload = payload_of(data) if self._idle else None
        if payload is not None:
            chunk = count_data(self.tally, payload)
            return b"" if self._withhold and chunk is not None and _is_extra(chunk, data) else data
        out = [self._whole(piece) for piece in self._splitter.feed(data)]
        out.append(self._part())
        self._idle = self._splitter.idle
        return b"".join(out)

    def close(self) -> bytes:
        passed = self._passed
        rest = self._splitter.close()
        out = self._whole(rest)
        if not self.tally.complete and read_chunk(read_event(rest).data or b"") is None:
            out = b""
        self._mid_event = bool(out or passed)
        return out

    def fail(self, *, code: str, message: str) -> bytes:
        unfinished = self._passed > leading_size(self._splitter.pending)
        separator = b"\n\n" if self._mid_event or unfinished else b""
        return separator + write_stream_error(code=code, message=message)

    def _whole(self, piece: bytes) -> bytes:
        """What goes out of an event (or of its last part), or of a piece of a too long one."""
        passed, self._passed = self._passed, max(0, self._passed - len(piece))
        free, self._free = self._free, not self._withhold
        drop_lf, self._drop_lf = self._drop_lf, False
        if drop_lf and piece == b"\n":
            return b""
        if isinstance(piece, Overlong):
            self.tally.has_content = True
            self.tally.content_bytes += len(piece)  # it is not read, so it counts as it stands
            return piece[passed:]
        chunk = count_event(self.tally, read_event(piece))
        if free or chunk is None or not _is_extra(chunk, piece):
            return piece[passed:]
        self._drop_lf = piece.endswith(b"\r")
        return piece[passed : leading_size(piece)]

    def _part(self) -> bytes:
        """What may go out of the event that is still coming in."""
        pending, passed = self._splitter.pending, self._passed
        if len(pending) == passed:
            return b""
        self._free = self._free or self._splitter.overlong or _cannot_be_extra(pending)
        if not self._free:
            cut = leading_size(pending)
        elif self._splitter.overlong or len(pending) - passed > HELD_LIMIT:
            cut = len(pending)
        else:
            cut = max(pending.rfind(b"\n"), pending.rfind(b"\r")) + 1
        self._passed = max(passed, cut)
        return bytes(pending[passed:cut])


def _is_extra(chunk: Chunk, piece: bytes) -> bool:
    """Whether a chunk is the one that asking for usage adds: usage, no choices, no error."""
    return (
        chunk.usage is not None
        and not chunk.choices
        and chunk.choices is not UNSET
        and failure_of(chunk) is None
        and not _cannot_be_extra(piece)
    )


def _cannot_be_extra(piece: bytes | bytearray) -> bool:
    """True for an event as soon as it is true for its beginning, however the stream is cut."""
    return len(piece) > HELD_LIMIT or _HAS_CHOICES.search(piece) is not None
