"""What can never be shipped, kept aside for a person instead of lost or in the way."""

import logging
import os
import time
from pathlib import Path
from typing import Any

import msgspec

logger = logging.getLogger(__name__)


class Rejected:
    """`SPOOL_DIR/rejected`: one JSON line per record, and damaged segments as they were."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "rejected"

    def add(self, reason: str, dispatch_id: str, record: Any) -> None:
        """Durable when it returns. Raises `OSError`; then the record must stay where it is."""
        line = {"reason": reason, "at": time.time(), "dispatch": dispatch_id, "record": record}
        self._write("records.jsonl", msgspec.json.encode(line) + b"\n")
        logger.error("usage record rejected", extra={"reason": reason, "dispatch": dispatch_id})

    def add_segment(self, path: Path) -> None:
        """Raises `OSError`."""
        self._write(f"{path.parent.name}-{path.name}", path.read_bytes())
        logger.error("usage segment damaged", extra={"segment": str(path)})

    def _write(self, name: str, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self.folder / name, flags, 0o600)
        try:
            os.write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @property
    def bytes_kept(self) -> int:
        """What lies there, also from before this process: it stays until a person removes it."""
        return sum(path.stat().st_size for path in self.folder.glob("*"))
