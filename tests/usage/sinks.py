"""Databases that fail between a statement and its answer."""

import os
import selectors
import signal
import socket
import threading
from typing import Any

from usage.rows import CallRow, EventRow
from usage.sink import DatabaseSink


class CuttingProxy:
    """Passes bytes to a PostgreSQL server, and cuts the line once a COMMIT was carried out.

    The server has committed; the client never hears of it. It cuts `cuts` times, then no more.
    """

    def __init__(self, port: int, cuts: int) -> None:
        self._target = ("127.0.0.1", port)
        self.cuts = cuts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server:
            committing = False
            with selectors.DefaultSelector() as both:
                both.register(client, selectors.EVENT_READ, server)
                both.register(server, selectors.EVENT_READ, client)
                while True:
                    for key, _ in both.select():
                        data = key.fileobj.recv(65536)  # type: ignore[union-attr] # a socket
                        if not data or (key.fileobj is server and committing and self.cuts > 0):
                            self.cuts -= bool(data)
                            return
                        committing = key.fileobj is client and b"COMMIT" in data
                        key.data.sendall(data)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


class KillingSink(DatabaseSink):
    """Ends the process with SIGKILL before or after one of its batches, counted from 1."""

    def __init__(self, settings: dict[str, Any], before: int = 0, after: int = 0) -> None:
        super().__init__(settings)
        self._before, self._after = before, after

    def ship(self, events: list[EventRow], calls: list[CallRow]) -> list[str]:
        self._before -= 1
        if self._before == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        conflicts = super().ship(events, calls)
        self._after -= 1
        if self._after == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return conflicts
