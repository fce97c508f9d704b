"""Spools of processes that are no more."""

import os
import threading
from pathlib import Path

from usage import records
from usage.disk import Disk
from usage.framing import frame
from usage.records import Record
from usage.segments import make
from usage.spool import Limits, Spool


def orphan(root: Path, *segments: list[Record | bytes]) -> Path:
    """A folder with these segments, whose process is dead; `bytes` are written as they are."""
    folder = make(root, Disk())
    spool = Spool(folder, Limits(), threading.Event())
    for number, content in enumerate(segments):
        if number:
            spool.turn_over()
        for each in content:
            spool.append(each if isinstance(each, bytes) else frame(records.encode(each)))
    spool.close()
    os.close(folder._lock)
    return folder.folder
