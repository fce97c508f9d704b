"""The task broker of an installation without Redis: messages are files in one folder.

Kombu's filesystem transport opens the final file name and then writes, so a reader can take a file
that is half there, and the message is lost. Here a file appears under its name only when it is
whole. A message is a wake-up and names a row by id: what a killed process had taken is found again
through that row, so nothing here waits for the disk.
"""

import os
import uuid
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any

import structlog
from kombu import transport
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

URL = "atomicfs://localhost"  # the host means nothing; kombu warns when there is none

log = structlog.get_logger(__name__)


class Channel(filesystem.Channel):
    """Reads and writes whole files only."""

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        for folder in (self.data_folder_in, self.processed_folder, self.control_folder):
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    # The two base classes of the stubs name the argument differently.
    def _put(  # type: ignore[override]
        self, queue: str, payload: Any, **kwargs: Any
    ) -> None:
        name = f"{time_ns():020d}_{uuid.uuid4()}"
        unfinished = os.path.join(self.data_folder_out, f"{name}.tmp")
        Path(unfinished).write_bytes(dumps(payload).encode())
        os.replace(unfinished, os.path.join(self.data_folder_out, f"{name}.{queue}.msg"))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.partition(".")[2] == f"{queue}.msg":
                payload = self._take(name)
                if payload is not None:
                    return payload
        raise Empty

    def _take(self, name: str) -> Any | None:
        """The message of that file, or `None` when another worker has it or it cannot be read."""
        taken = os.path.join(self.processed_folder, name)
        try:
            os.rename(os.path.join(self.data_folder_in, name), taken)
        except FileNotFoundError:
            return None
        text = Path(taken).read_bytes()
        os.unlink(taken)
        try:
            return loads(text)
        except ValueError:
            log.warning("broker.message_unreadable", bytes=len(text))
            return None

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        self._begin_table(self.control_folder / f"{exchange}.exchange")
        super()._queue_bind(exchange, routing_key or "", pattern, queue or "")

    def _begin_table(self, file: Path) -> None:
        """An empty table, there at once and whole: the base class would show it half written."""
        if file.exists():
            return
        unfinished = file.with_name(f"{uuid.uuid4()}.tmp")
        unfinished.write_bytes(b"[]")
        try:
            os.link(unfinished, file)
        except FileExistsError:
            return
        finally:
            unfinished.unlink()


class Transport(filesystem.Transport):
    Channel = Channel


# A dotted path in a broker URL fails when it holds an underscore; an alias does not.
transport.TRANSPORT_ALIASES["atomicfs"] = f"{__name__}:Transport"


def folder_options(root: Path) -> dict[str, Any]:
    """The transport's options for messages below `root`."""
    return {
        "data_folder_in": str(root / "queue"),
        "data_folder_out": str(root / "queue"),
        "processed_folder": str(root / "taken"),
        "control_folder": str(root / "control"),
        "polling_interval": 0.1,
    }
