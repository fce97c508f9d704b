"""The writer's side: appends records to the newest segment, and syncs and turns segments over.

    state      | becomes       | when
    -----------|---------------|-------------------------------------------------------------
    taking     | full          | the segments reach `Limits.spool_bytes`, or the disk its reserve
    taking     | broken        | a sync fails, or a write fails
    full       | taking        | the shipper has made room
    broken     | taking        | what was not synced stands in a new file, and that file is synced

Only `taking` lets intents in. Finals are written in every state.
"""

import errno
import os
import threading
import time
from dataclasses import dataclass

from usage.disk import Disk
from usage.framing import MAGIC
from usage.segments import Segments


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one process's spool. `reserve_bytes` of the disk are left for finals."""

    segment_bytes: int = 4 << 20
    segment_seconds: float = 60.0
    spool_bytes: int = 1 << 30
    reserve_bytes: int = 64 << 20


class Spool:
    """`append` may be called from any thread; `sync` belongs to one thread."""

    def __init__(self, segments: Segments, limits: Limits, wake: threading.Event) -> None:
        self.segments = segments
        self.limits = limits
        self.refusal: str | None = None
        self._wake = wake
        self._awaited = False
        self._disk: Disk = segments.disk
        self._lock = threading.Lock()
        self._unwritten: list[bytes] = []
        self._broken: set[int] = set()
        self._free_checked = 0.0
        self._number = self._size = self._synced = 0
        self._open_segment(max(segments.sizes, default=0) + 1)

    def _open_segment(self, number: int) -> None:
        """Raises `OSError`; then the segment before goes on."""
        descriptor = self._disk.create(self.segments.path(number))
        size = self._disk.write(descriptor, MAGIC)
        with self._lock:
            if self._number:
                self.segments.sizes[self._number] = self._size
            self.segments.sizes[number] = size
            self._number, self._descriptor, self._size = number, descriptor, size
        self._synced = 0
        self._opened = time.monotonic()

    @property
    def position(self) -> tuple[int, int]:
        """The segment being written and how much of it is whole."""
        with self._lock:
            return self._number, self._size

    def append(self, data: bytes) -> None:
        """Raises `OSError`; then nothing of `data` is in the segment."""
        with self._lock:
            try:
                written = self._disk.write(self._descriptor, data)
            except OSError:
                self._cut_back()
                raise
            if written != len(data):
                self._cut_back()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._size += written
        if self._awaited:
            self._awaited = False
            self._wake.set()

    def _cut_back(self) -> None:
        """A piece of a record would hide all that follow it."""
        self.refusal = "a record could not be written"
        try:
            self._disk.truncate(self._descriptor, self._size)
        except OSError:
            self._broken.add(self._number)

    def append_later(self, data: bytes) -> None:
        """Keeps a final that could not be written; every `sync` tries it again."""
        self._unwritten.append(data)
        self._wake.set()

    @property
    def unwritten(self) -> int:
        return len(self._unwritten)

    def await_append(self) -> None:
        """The next `append` sets the wake event; until then it costs the caller nothing."""
        self._awaited = True
        if self.position[1] != self._synced:
            self._wake.set()

    def sync(self) -> bool:
        """Makes durable what is written, turns the segment over when due, mends what broke.

        Says whether there was anything new. Never raises: `refusal` says what is wrong.
        """
        is_new = self.position[1] != self._synced
        try:
            self._sync_segment()
            if self._broken:
                self._mend()
            self._write_unwritten()
            self.refusal = self._full()
        except OSError as error:
            self.refusal = f"the spool's disk fails: {error.strerror}"
        return is_new

    def _write_unwritten(self) -> None:
        while self._unwritten:
            self.append(self._unwritten[0])
            del self._unwritten[0]

    def _sync_segment(self) -> None:
        number, size = self.position
        if size != self._synced and number not in self._broken:
            self._sync_or_break(number, self._descriptor)
            self._synced = size
            self._check_it_is_there(number)
        self.segments.sizes[number] = size
        if size > len(MAGIC) and (
            size >= self.limits.segment_bytes
            or time.monotonic() - self._opened >= self.limits.segment_seconds
        ):
            self.turn_over()

    def _sync_or_break(self, number: int, descriptor: int) -> None:
        """A failed sync is never tried again on the same file: the kernel may call it clean."""
        try:
            self._disk.sync(descriptor)
        except OSError:
            self._broken.add(number)
            raise

    def _check_it_is_there(self, number: int) -> None:
        """A file that somebody removed takes every write, and keeps none."""
        if os.fstat(self._descriptor).st_nlink == 0:
            self._broken.add(number)
            raise OSError(errno.ENOENT, "a segment was removed by somebody else")

    def turn_over(self) -> None:
        """Begins a new segment and closes the one before, synced."""
        number, descriptor = self._number, self._descriptor
        self._open_segment(number + 1)
        try:
            if number not in self._broken:
                self._sync_or_break(number, descriptor)
        finally:
            os.close(descriptor)

    def _mend(self) -> None:
        """Puts the records of segments that could not be synced into new files in their place."""
        if self._number in self._broken:
            self.turn_over()
        for number in sorted(self._broken):
            if self.segments.path(number).exists():
                self.segments.replace(number, self._whole(number))
            else:  # shipped and removed, or lost to whoever removed it
                self.segments.sizes.pop(number, None)
            self._broken.discard(number)
        self._sync_or_break(self._number, self._descriptor)

    def _whole(self, number: int) -> bytes:
        size, parts = self.segments.sizes[number], list[bytes]()
        while (have := sum(map(len, parts))) < size:
            parts.append(self.segments.read(number, have, size))
        return b"".join(parts)

    def _full(self) -> str | None:
        if self.segments.total_bytes >= self.limits.spool_bytes:
            return "the spool is full"
        now = time.monotonic()
        if self.refusal is None and now - self._free_checked < 1:
            return None
        self._free_checked = now
        if self._disk.free_bytes(self.segments.folder) < self.limits.reserve_bytes:
            return "the disk is full"
        return None

    def close(self) -> None:
        """Syncs for the last time; nothing may be appended afterwards."""
        self.sync()
        self.sync()  # what only the first could write
        self.refusal = "the ledger is stopped"
        with self._lock:
            os.close(self._descriptor)
            self._descriptor = -1
