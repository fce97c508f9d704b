"""Log lines that strangers cause: the first of each minute are written, the others counted.

A malformed request costs its sender nothing; a line for each would fill the disk.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable

BURST = 10
INTERVAL = 60.0
KINDS = ("malformed", "client_error", "suspicious", "overloaded")


class Lines:
    """Used by all threads that log. `seen` counts every line by kind, written or not."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._since = dict.fromkeys(KINDS, float("-inf"))
        self._written: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()

    def may_write(self, kind: str) -> bool:
        now = self._clock()
        with self._lock:
            self.seen[kind] += 1
            if now - self._since[kind] > INTERVAL:
                self._since[kind] = now
                self._written[kind] = 0
            self._written[kind] += 1
            if self._written[kind] <= BURST:
                return True
            self._left_out[kind] += 1
            return False

    def left_out(self) -> dict[str, int]:
        """Lines not written, by kind, of minutes that are over; each is told of once."""
        now = self._clock()
        with self._lock:
            over = [kind for kind in self._left_out if now - self._since[kind] > INTERVAL]
            return {kind: self._left_out.pop(kind) for kind in over}


lines = Lines()


class FewLines(logging.Filter):
    """On the handler that writes: its loggers' children come past nothing else."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = kind_of(record)
        return kind is None or lines.may_write(kind)


def kind_of(record: logging.LogRecord) -> str | None:
    """What a stranger did to cause this line; `None` if it is no stranger's."""
    if record.name == "django.request" and record.levelno == logging.WARNING:
        return "client_error"
    if record.name.startswith("django.security"):
        return "suspicious"
    if record.name.startswith("gateway.") and isinstance(record.msg, dict):
        event, code = record.msg.get("event"), record.msg.get("code")
        if event == "gateway.malformed_request":
            return "malformed"
        if event == "gateway.database_unavailable" or code == "overloaded":
            return "overloaded"
    return None
