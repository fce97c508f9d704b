"""What the ledger asks of a file system, in one place so that tests can make it fail."""

import os
from pathlib import Path

_FLEETING = frozenset({"tmpfs", "ramfs", "nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"})


def fleeting_kind(folder: Path) -> str | None:
    """The kind of file system that `folder` is on, when it is one that keeps no promise."""
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    on = [(fields[1], fields[2]) for fields in mounts if folder.resolve().is_relative_to(fields[1])]
    kind = max(on, key=lambda mount: len(mount[0]), default=("", ""))[1]
    return kind if kind in _FLEETING else None


class Disk:
    """Every method raises `OSError` as the system does."""

    def create(self, path: Path) -> int:
        """A new file, open for appending; its name is durable when this returns."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            self.sync_folder(path.parent)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        return os.write(descriptor, data)

    def truncate(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        os.fdatasync(descriptor)

    def sync_folder(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def replace(self, path: Path, data: bytes) -> None:
        """Puts a new file with `data` in the place of `path`: all of it or nothing, durably."""
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        descriptor = self.create(fresh)
        try:
            view = memoryview(data)
            while view:
                view = view[self.write(descriptor, bytes(view)) :]
            self.sync(descriptor)
        finally:
            os.close(descriptor)
        fresh.rename(path)
        self.sync_folder(path.parent)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def free_bytes(self, folder: Path) -> int:
        stats = os.statvfs(folder)
        return stats.f_bavail * stats.f_frsize
