"""What processes have used, from the kernel's own books."""

import os
import time
from pathlib import Path

_SCHEDULER_CLOCK = 2  # as in clock_getcpuclockid(3)


def _stat(pid: int) -> list[str]:
    """The fields after the program's name, which may hold blanks."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def family(root: int) -> list[int]:
    """The process and everything below it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
            except OSError:
                continue  # it ended while we looked
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += parents.get(pid, [])
    return found


def cpu_seconds(root: int) -> float:
    """User + system of the family as it is now: all threads, also those that have ended.

    Read from each process's CPU clock, which is what `/proc/PID/stat` rounds to 10 ms.
    """
    return sum(time.clock_gettime(~pid << 3 | _SCHEDULER_CLOCK) for pid in family(root))


def memory_bytes(root: int) -> int:
    """Resident memory of the family; pages they share count once for each."""
    size = os.sysconf("SC_PAGE_SIZE")
    pages = (Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in family(root))
    return sum(int(each) for each in pages) * size
