"""The segments of one process: numbered files in one folder, locked while the process lives."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from usage.disk import Disk

_LOCK = "lock"
_SUFFIX = ".segment"
_READ = 1 << 20


class Segments:
    """A folder whose lock we hold, and the sizes of its segments by number."""

    def __init__(self, folder: Path, lock: int, disk: Disk) -> None:
        self.folder = folder
        self.disk = disk
        self._lock = lock
        self.sizes: dict[int, int] = {
            int(path.stem): path.stat().st_size for path in folder.glob(f"[0-9]*{_SUFFIX}")
        }

    def path(self, number: int) -> Path:
        return self.folder / f"{number:012d}{_SUFFIX}"

    def read(self, number: int, start: int, end: int) -> bytes:
        """At most 1 MiB of a segment, from `start`, never beyond `end`."""
        with self.path(number).open("rb", buffering=0) as file:
            return os.pread(file.fileno(), min(_READ, end - start), start)

    def remove(self, number: int) -> None:
        self.disk.remove(self.path(number))
        self.sizes.pop(number, None)

    def replace(self, number: int, data: bytes) -> None:
        self.disk.replace(self.path(number), data)
        self.sizes[number] = len(data)

    @property
    def total_bytes(self) -> int:
        return sum(list(self.sizes.values()))

    def release(self) -> None:
        """Lets go of the folder; an empty one is removed."""
        if not self.sizes:
            shutil.rmtree(self.folder.rename(_hidden(self.folder)), ignore_errors=True)
        os.close(self._lock)


def make(root: Path, disk: Disk) -> Segments:
    """A new folder below `root` for this process, locked before others can see it."""
    root.mkdir(parents=True, exist_ok=True)
    folder = root / f"{os.getpid()}-{secrets.token_hex(6)}"
    with _one_at_a_time(root):
        _hidden(folder).mkdir(mode=0o700)
        lock = _try_lock(_hidden(folder) / _LOCK, os.O_CREAT)
        _hidden(folder).rename(folder)
    disk.sync_folder(root)
    return Segments(folder, lock, disk)


def claim_orphans(root: Path, disk: Disk) -> Iterator[Segments]:
    """The folders of processes that live no more, each locked for us; others' are passed over."""
    if not root.is_dir():
        return
    with _one_at_a_time(root):
        for litter in root.glob(".?*-*"):  # its process died while it made or removed the folder
            shutil.rmtree(litter, ignore_errors=True)
    for folder in sorted(path.parent for path in root.glob(f"[0-9]*/{_LOCK}")):
        segments = _claim(folder, disk)
        if segments is not None:
            yield segments


def _claim(folder: Path, disk: Disk) -> Segments | None:
    """`None`: its process lives, or another recoverer has it or has just finished with it."""
    try:
        lock = _try_lock(folder / _LOCK)
    except (BlockingIOError, FileNotFoundError):
        return None
    if folder.is_dir():
        return Segments(folder, lock, disk)
    os.close(lock)
    return None


def _hidden(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}")


def _try_lock(path: Path, flags: int = 0) -> int:
    """Raises `BlockingIOError` when another process holds the lock."""
    lock = os.open(path, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise
    return lock


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Makers and cleaners of folders; what is hidden while one holds this is litter."""
    lock = os.open(root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
