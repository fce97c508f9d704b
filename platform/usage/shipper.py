"""The thread that carries the spool into the database, beside the calls and never in their way."""

import logging
import threading
import time
from pathlib import Path

from usage.disk import Disk
from usage.recovery import recover
from usage.rejected import Rejected
from usage.shipping import Counters, FolderShipper
from usage.sink import Sink, SinkDown
from usage.spool import Spool

logger = logging.getLogger(__name__)

_GATHER = 0.25
_GATHER_MANY = 1.0
_MANY = 25
_SWEEP = 15.0
_LONGEST_PAUSE = 10.0


class Shipper(threading.Thread):
    """Ships this process's spool, and sweeps up after dead processes every 15 s."""

    def __init__(self, root: Path, spool: Spool, sink: Sink, disk: Disk) -> None:
        super().__init__(name="usage-shipper", daemon=True)
        self.counters = Counters()
        self.rejected = Rejected(root)
        self._root, self._spool, self._sink, self._disk = root, spool, sink, disk
        self._own = self._from_the_start()
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._behind_since: float | None = None
        self._swept = -_SWEEP
        self._pause = 0.0
        self._gathering = _GATHER

    def _from_the_start(self) -> FolderShipper:
        """Reads again whatever segments there are: rows that are there are left as they are."""
        return FolderShipper(self._spool.segments, self._sink, self.rejected, self.counters)

    def notify(self) -> None:
        """There are new records in the spool."""
        if self._behind_since is None:
            self._behind_since = time.monotonic()
        self._news.set()

    @property
    def behind_seconds(self) -> float:
        """Age of the oldest record that is not in the database; 0 when all are."""
        since = self._behind_since
        return 0.0 if since is None else time.monotonic() - since

    def run(self) -> None:
        while not self._stopping.is_set():
            self._round()
            if self._pause:
                self._stopping.wait(self._pause)
            elif self._news.wait(_SWEEP):
                self._stopping.wait(self._gathering)
        self._round()
        self._sink.close()

    def stop(self, seconds: float) -> bool:
        """Ships the rest; says whether it was done in time. The spool is not written any more."""
        self._stopping.set()
        self._news.set()
        self.join(seconds)
        return not self.is_alive() and self._behind_since is None and not self._own.open_intents

    def _round(self) -> None:
        try:
            self._ship_own()
            self._sweep()
        except (SinkDown, OSError) as error:
            self._fail(error)
        except Exception as error:
            logger.exception("usage shipping is at fault")
            self._own = self._from_the_start()
            self._fail(error)
        else:
            self._pause = 0.0

    def _ship_own(self) -> None:
        """A round costs some milliseconds whatever its size, so under load there are fewer."""
        self._news.clear()
        before = self.counters.shipped
        began, end = time.monotonic(), self._spool.position
        while self._own.step(end):
            pass
        self._behind_since = None if self._spool.position == end else began
        self._gathering = _GATHER if self.counters.shipped - before < _MANY else _GATHER_MANY

    def _sweep(self) -> None:
        if time.monotonic() - self._swept >= _SWEEP and not self._stopping.is_set():
            recover(self._root, self._sink, self.rejected, self.counters, self._disk)
            self._swept = time.monotonic()

    def _fail(self, error: Exception) -> None:
        """Waits twice as long each time; the spool keeps what calls go on writing."""
        self.counters.failures += 1
        self._pause = min(max(self._pause * 2, 0.5), _LONGEST_PAUSE)
        logger.warning(
            "usage not shipped, will try again",
            extra={"error": str(error), "seconds": self._pause},
        )
