"""Reads the segments of one folder in order and joins intents with their finals."""

from dataclasses import dataclass, field

from usage.framing import MAGIC, frame, is_torn, read
from usage.records import Final, Intent, decode, encode
from usage.segments import Segments

_COMPACT_OVER = 64 << 10
_RECORD = 512


@dataclass(frozen=True, slots=True)
class Pair:
    """A dispatch that is over; `segment` is where its intent stands."""

    intent: Intent
    final: Final
    segment: int


@dataclass(slots=True)
class Batch:
    """What was read since the batch before.

    `strays` are finals without an intent, `garbled` payloads that are no record, `damaged` the
    segments that hold something unreadable. `refused` are dispatches put aside already.
    """

    pairs: list[Pair] = field(default_factory=list)
    strays: list[Final] = field(default_factory=list)
    garbled: list[bytes] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        return not (self.pairs or self.strays or self.garbled or self.damaged)


class Joiner:
    """Where reading stands, and what is open there.

    A segment may go when it was read to its end, no intent in it is open or unshipped, and all
    finals in it are shipped; since batches are shipped in order, the last is so after each batch.
    """

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._number = 0
        self._offset = 0
        self._open: dict[str, tuple[Intent, int]] = {}
        self._waiting: dict[int, int] = {}

    @property
    def open_intents(self) -> int:
        return len(self._open)

    def batch(self, end: tuple[int, int], most: int) -> Batch:
        """Reads on, up to `most` finished dispatches or to `end` (segment, offset in it)."""
        batch = Batch()
        while len(batch.pairs) < most and self._advance(end[0]):
            limit = end[1] if self._number == end[0] else self._segments.sizes[self._number]
            if not self._read(batch, limit):
                if self._number == end[0]:
                    break
                self._finish(batch, limit)
        return batch

    def _advance(self, last: int) -> bool:
        """Moves to the next segment when there is none or the one before is finished."""
        if self._number in self._segments.sizes and self._offset >= 0:
            return True
        later = [n for n in list(self._segments.sizes) if self._number < n <= last]
        if not later:
            return False
        self._number, self._offset = min(later), 0
        self._waiting.setdefault(self._number, 0)
        return True

    def _read(self, batch: Batch, limit: int) -> bool:
        """Takes one piece of the segment; says whether there was one."""
        if self._offset == 0:
            head = self._segments.read(self._number, 0, min(limit, len(MAGIC)))
            if head != MAGIC:
                return False
            self._offset = len(MAGIC)
        payloads, length = read(self._segments.read(self._number, self._offset, limit))
        for payload in payloads:
            self._take(payload, batch)
        self._offset += length
        return length > 0

    def _take(self, payload: bytes, batch: Batch) -> None:
        try:
            record = decode(payload)
        except ValueError:
            batch.garbled.append(payload)
            return
        if isinstance(record, Intent):
            if record.dispatch_id not in self._open:
                self._open[record.dispatch_id] = (record, self._number)
                self._waiting[self._number] += 1
            return
        opened = self._open.pop(record.dispatch_id, None)
        if opened is None:
            batch.strays.append(record)
        else:
            batch.pairs.append(Pair(opened[0], record, opened[1]))

    def _finish(self, batch: Batch, limit: int) -> None:
        rest = self._segments.read(self._number, self._offset, limit)
        if not is_torn(rest):
            batch.damaged.append(self._number)
        self._offset = -1

    def shipped(self, batch: Batch) -> None:
        """The batch is committed; to be told once."""
        for pair in batch.pairs:
            self._waiting[pair.segment] -= 1

    def tidy(self) -> None:
        """Segments that nothing needs any more go, sparse ones shrink.

        Raises `OSError`; the next time it goes on where it stood.
        """
        for number in sorted(self._waiting):
            if number == self._number and self._offset >= 0:
                continue
            if self._waiting[number] == 0:
                self._segments.remove(number)
                del self._waiting[number]
            elif self._is_sparse(number):
                self._compact(number)

    def _is_sparse(self, number: int) -> bool:
        size = self._segments.sizes[number]
        return size > _COMPACT_OVER and self._waiting[number] * _RECORD < size // 2

    def _compact(self, number: int) -> None:
        """Leaves only the open intents, so that one long call does not hold megabytes."""
        still = [frame(encode(intent)) for intent, at in self._open.values() if at == number]
        self._segments.replace(number, MAGIC + b"".join(still))

    def lost(self, ended_at: float) -> list[Pair]:
        """What is open when a dead process's folder was read to its end, closed by recovery."""
        opened, self._open = self._open, {}
        return [
            Pair(intent, Final(intent.dispatch_id, "lost_process", ended_at), number)
            for intent, number in opened.values()
        ]
