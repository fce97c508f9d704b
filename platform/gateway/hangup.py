"""Tells the one who answers on a connection that its caller has gone, without a task."""

from collections.abc import Callable

from uvicorn.protocols.http.flow_control import FlowControl


class Hangup:
    """For the life of a connection."""

    __slots__ = ("_flow", "_happened", "_tell")

    def __init__(self, flow: FlowControl) -> None:
        self._flow = flow
        self._happened = False
        self._tell: Callable[[], None] | None = None

    def watch(self, tell: Callable[[], None] | None) -> None:
        """A `WatchHangup`."""
        self._tell = tell
        if tell is None:
            return
        if self._happened:
            tell()
        else:
            self._flow.resume_reading()  # who does not read does not notice

    def happen(self) -> None:
        self._happened = True
        if self._tell is not None:
            self._tell()
