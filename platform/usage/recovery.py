"""Ships what dead processes left on this machine."""

import logging
from pathlib import Path

from usage.disk import Disk
from usage.rejected import Rejected
from usage.segments import Segments, claim_orphans
from usage.shipping import Counters, FolderShipper
from usage.sink import DatabaseSink, Sink

logger = logging.getLogger(__name__)


def sweep(root: Path) -> Counters:
    """Recovers into the default database, once. Raises `SinkDown`; then the rest stays."""
    sink, counters = DatabaseSink(), Counters()
    try:
        recover(root, sink, Rejected(root), counters, Disk())
    finally:
        sink.close()
    return counters


def recover(root: Path, sink: Sink, rejected: Rejected, counters: Counters, disk: Disk) -> None:
    """Raises `SinkDown`; then the rest stays for the next time.

    A folder is shipped under its lock, so it is shipped once even if many recover at once; and
    starting over is harmless, since rows that are there are left as they are.
    """
    for segments in claim_orphans(root, disk):
        try:
            FolderShipper(segments, sink, rejected, counters).finish(_last_sign_of_life(segments))
            counters.folders += 1
        except OSError as error:
            counters.failures += 1
            extra = {"folder": str(segments.folder), "error": str(error)}
            logger.error("usage spool cannot be recovered", extra=extra)
        finally:
            segments.release()


def _last_sign_of_life(segments: Segments) -> float:
    """When the process last wrote: the same, whoever asks and however often."""
    paths = [segments.path(number) for number in segments.sizes]
    return max((path.stat().st_mtime for path in paths), default=0.0)
