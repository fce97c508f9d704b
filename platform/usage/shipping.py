"""Ships one folder's records to the database, batch by batch."""

from dataclasses import dataclass
from typing import Any

from usage.joining import Batch, Joiner, Pair
from usage.rejected import Rejected
from usage.rows import call_rows, event_row
from usage.segments import Segments
from usage.sink import BadRow, Sink

_BATCH = 500


@dataclass(slots=True)
class Counters:
    """Since the process began: events shipped, those of them that recovery closed, and trouble."""

    folders: int = 0
    shipped: int = 0
    rejected: int = 0
    lost: int = 0
    conflicts: int = 0
    failures: int = 0


class FolderShipper:
    """One folder on its way into the database, by one thread."""

    def __init__(
        self, segments: Segments, sink: Sink, rejected: Rejected, counters: Counters
    ) -> None:
        self._segments = segments
        self._sink = sink
        self._rejected = rejected
        self._counters = counters
        self._joiner = Joiner(segments)
        self._batch: Batch | None = None

    @property
    def open_intents(self) -> int:
        return self._joiner.open_intents

    def step(self, end: tuple[int, int]) -> bool:
        """Ships one batch of what stands before `end`; says whether there was one.

        Raises `SinkDown` and `OSError`; the same batch is then the next step's.
        """
        if self._batch is None:
            self._batch = self._joiner.batch(end, _BATCH)
        batch = self._batch
        self._put_aside(batch)
        self._ship(batch.pairs, batch)
        self._joiner.shipped(batch)
        self._batch = None
        self._joiner.tidy()
        return not batch.is_empty

    def finish(self, died_at: float) -> None:
        """Ships all of a dead process's folder; what it left open is recorded as lost."""
        end = (max(self._segments.sizes, default=0) + 1, 0)
        while self.step(end):
            pass
        lost = self._joiner.lost(died_at)
        self._batch = Batch(pairs=lost)
        self.step(end)
        self._counters.lost += len(lost)

    def _put_aside(self, batch: Batch) -> None:
        while batch.damaged:
            self._rejected.add_segment(self._segments.path(batch.damaged[-1]))
            self._counters.rejected += 1
            batch.damaged.pop()
        while batch.garbled:
            text = batch.garbled[-1].decode(errors="replace")
            self._reject("not a record", "", text)
            batch.garbled.pop()
        if batch.strays:
            known = self._sink.known([final.dispatch_id for final in batch.strays])
            while batch.strays:
                final = batch.strays[-1]
                if final.dispatch_id not in known:
                    self._reject("final without intent", final.dispatch_id, final)
                batch.strays.pop()

    def _ship(self, pairs: list[Pair], batch: Batch) -> None:
        """Halves what the database refuses until the row that it refuses stands alone."""
        pairs = [pair for pair in pairs if pair.intent.dispatch_id not in batch.refused]
        if not pairs:
            return
        records = [(pair.intent, pair.final) for pair in pairs]
        try:
            events = [event_row(intent, final) for intent, final in records]
            conflicts = self._sink.ship(events, call_rows(records))
        except BadRow as error:
            if len(pairs) > 1:
                self._ship(pairs[: len(pairs) // 2], batch)
                self._ship(pairs[len(pairs) // 2 :], batch)
            else:
                self._refuse(pairs[0], f"refused by the database: {error}", batch)
            return
        self._counters.shipped += len(pairs)
        if conflicts:
            self._alarm(conflicts, pairs, batch)

    def _reject(self, reason: str, dispatch_id: str, record: Any) -> None:
        self._rejected.add(reason, dispatch_id, record)
        self._counters.rejected += 1

    def _refuse(self, pair: Pair, reason: str, batch: Batch) -> None:
        self._reject(reason, pair.intent.dispatch_id, [pair.intent, pair.final])
        batch.refused.add(pair.intent.dispatch_id)

    def _alarm(self, conflicts: list[str], pairs: list[Pair], batch: Batch) -> None:
        """Two different stories of one dispatch: the first stands, the second is kept aside."""
        for pair in pairs:
            if pair.intent.dispatch_id in conflicts:
                self._counters.conflicts += 1
                self._refuse(pair, "conflicts with the event that is there", batch)
