"""The door to the ledger: every dispatch is opened before and closed after."""

import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from usage import records
from usage.disk import Disk, fleeting_kind
from usage.framing import frame
from usage.records import Final, Intent
from usage.segments import make
from usage.shipper import Shipper
from usage.sink import DatabaseSink, Sink
from usage.spool import Limits, Spool

logger = logging.getLogger(__name__)

_PERIOD = 0.01
_IDLE_ROUNDS = 10


class UsageUnavailable(Exception):
    """No intent can be written (disk full, read-only, over the limit): the dispatch is refused."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What `/metrics` tells of a ledger.

    Gauges: bytes in the spool, age of the oldest record that is not in the database, finals that
    no disk has taken yet, bytes kept aside in `SPOOL_DIR/rejected` (for a person: alarm on it).
    The rest count since the start: events shipped, those of them that recovery closed as lost,
    records rejected, those of them that conflicted, and attempts at shipping that failed.
    """

    spool_bytes: int = 0
    behind_seconds: float = 0.0
    unwritten: int = 0
    rejected_bytes: int = 0
    shipped: int = 0
    lost: int = 0
    rejected: int = 0
    conflicts: int = 0
    failures: int = 0


class Ledger:
    """One per process. `open` and `close` write to the local spool and return at once.

    Both are synchronous and take microseconds: the record is *written* when they return (a killed
    process loses nothing) and *synced* by group commit within 20 ms on the ledger's own thread.
    """

    def __init__(
        self, root: Path, sink: Sink, *, limits: Limits | None = None, disk: Disk | None = None
    ) -> None:
        self._root = root
        self._sink = sink
        self._limits = limits or Limits()
        self._disk = disk or Disk()
        self._wake = threading.Event()
        self._stopping = False
        self._spool: Spool | None = None
        self._shipper: Shipper | None = None
        self._syncer: threading.Thread | None = None

    @classmethod
    def from_settings(cls) -> "Ledger":
        """The ledger of this installation: `SPOOL_DIR` and the default database."""
        return cls(settings.SPOOL_DIR, DatabaseSink())

    def open(self, intent: Intent) -> None:
        """Raises `UsageUnavailable`; then nothing may go upstream."""
        spool = self._spool
        if spool is None:
            raise UsageUnavailable("the ledger is not started")
        if spool.refusal is not None:
            raise UsageUnavailable(spool.refusal)
        try:
            spool.append(frame(records.encode(intent)))
        except (OSError, ValueError) as error:
            raise UsageUnavailable(f"the intent could not be written: {error}") from error

    def close(self, final: Final) -> None:
        """Never raises: a failure is kept, reported by `healthy`, and shown at `/readyz`."""
        data = _final_frame(final)
        try:
            if self._spool is None:
                raise OSError("the ledger is not started")
            self._spool.append(data)
        except OSError as error:
            logger.error("usage final not written", extra={"error": str(error)})
            if self._spool is not None:
                self._spool.append_later(data)

    @property
    def healthy(self) -> bool:
        """Whether a dispatch opened now would be recorded."""
        return self.trouble is None

    @property
    def trouble(self) -> str | None:
        """Why `open` refuses, or which thread is gone; `None` when all is well."""
        if self._spool is None or self._syncer is None or self._shipper is None:
            return "the ledger is not started"
        if not (self._syncer.is_alive() and self._shipper.is_alive()):
            return "a thread of the ledger has ended"
        return self._spool.refusal

    @property
    def figures(self) -> Figures:
        """For `/metrics`; all zero before the start."""
        spool, shipper = self._spool, self._shipper
        if spool is None or shipper is None:
            return Figures()
        counters = shipper.counters
        return Figures(
            spool_bytes=spool.segments.total_bytes,
            behind_seconds=shipper.behind_seconds,
            unwritten=spool.unwritten,
            shipped=counters.shipped,
            lost=counters.lost,
            rejected=counters.rejected,
            rejected_bytes=shipper.rejected.bytes_kept,
            conflicts=counters.conflicts,
            failures=counters.failures,
        )

    def start(self) -> None:
        """Recovers what dead processes left, and starts the sync and shipping threads.

        Recovery is the shipping thread's first work, so a database that is down delays no start.
        Raises `OSError` when `SPOOL_DIR` cannot be used.
        """
        self._stopping = False
        self._root.mkdir(parents=True, exist_ok=True)
        if (kind := fleeting_kind(self._root)) is not None:
            logger.warning("SPOOL_DIR is on no local disk", extra={"kind": kind})
        self._spool = Spool(make(self._root, self._disk), self._limits, self._wake)
        self._shipper = Shipper(self._root, self._spool, self._sink, self._disk)
        self._syncer = threading.Thread(
            target=self._keep_synced,
            args=(self._spool, self._shipper),
            name="usage-sync",
            daemon=True,
        )
        self._syncer.start()
        self._shipper.start()

    def stop(self) -> None:
        """Syncs, ships what it can within 5 s, and leaves the rest for the next start."""
        if self._spool is None or self._shipper is None or self._syncer is None:
            return
        self._stopping = True
        self._wake.set()
        self._syncer.join()
        self._spool.close()
        if self._shipper.stop(5.0):
            self._spool.segments.sizes.clear()
        if not self._shipper.is_alive():
            self._spool.segments.release()

    def _keep_synced(self, spool: Spool, shipper: Shipper) -> None:
        """Group commit: every 10 ms while there is something to sync, asleep while there is not."""
        idle = _IDLE_ROUNDS
        while not self._stopping:
            if idle >= _IDLE_ROUNDS and spool.refusal is None:
                spool.await_append()
                idle = 0 if self._wake.wait(5.0) else _IDLE_ROUNDS
                self._wake.clear()
            time.sleep(_PERIOD if spool.refusal is None else 25 * _PERIOD)
            if spool.sync():
                shipper.notify()
                idle = 0
            else:
                idle += 1


def _final_frame(final: Final) -> bytes:
    """A final always fits: one that no record holds loses details, then error and times."""
    try:
        return frame(records.encode(final))
    except (TypeError, ValueError) as error:
        logger.error("usage final cut down", extra={"error": str(error)})
    if final.details is not None:
        final.details = {"unrecordable": True}
        with suppress(TypeError, ValueError):
            return frame(records.encode(final))
    final.timing_ms = {}
    final.error = {"code": "unrecordable"}
    return frame(records.encode(final))
