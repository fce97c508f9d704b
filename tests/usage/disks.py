"""Disks that fail, for the spool to cope with."""

import errno
import os
from pathlib import Path

from usage.disk import Disk


class FaultyDisk(Disk):
    """Fails whatever is named in `failing` (by its method's name) with that error number.

    `short` cuts the next write after so many bytes, as a disk does that fills up meanwhile.
    """

    def __init__(self) -> None:
        self.failing: dict[str, int] = {}
        self.short: int | None = None
        self.synced: list[tuple[int, int]] = []

    def _fail(self, what: str) -> None:
        if what in self.failing:
            raise OSError(self.failing[what], os.strerror(self.failing[what]))

    def create(self, path: Path) -> int:
        self._fail("create")
        return super().create(path)

    def write(self, descriptor: int, data: bytes) -> int:
        if self.short is not None:
            data, self.short = data[: self.short], None
            self.failing["write"] = errno.ENOSPC
            return super().write(descriptor, data)
        self._fail("write")
        return super().write(descriptor, data)

    def truncate(self, descriptor: int, size: int) -> None:
        self._fail("truncate")
        super().truncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        self.synced.append((descriptor, os.fstat(descriptor).st_ino))
        self._fail("sync")
        super().sync(descriptor)

    def free_bytes(self, folder: Path) -> int:
        return 0 if "free_bytes" in self.failing else super().free_bytes(folder)


class PowerCut(Disk):
    """Knows what a machine that loses power may lose: all that was not synced."""

    def __init__(self) -> None:
        self._named: dict[Path, int] = {}
        self._safe: dict[int, int] = {}

    def create(self, path: Path) -> int:
        descriptor = super().create(path)
        self._named[path] = os.fstat(descriptor).st_ino
        return descriptor

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        state = os.fstat(descriptor)
        self._safe[state.st_ino] = state.st_size

    def lose(self, folder: Path) -> None:
        """Cuts every segment back to what is surely on the disk."""
        for path in folder.glob("*.segment"):
            os.truncate(path, self._safe.get(path.stat().st_ino, 0))
