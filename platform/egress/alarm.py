"""The one timer of a connection: most exchanges end before their clocks, and pay for none."""

import asyncio
from collections.abc import Callable

_NEVER = float("inf")


class Alarm:
    """Moments are of the loop's clock. What was set before is forgotten.

    The loop's own timer is left as it is when the new moment is later, or when the alarm is
    cleared; it then finds that it came too early, or that nobody waits.
    """

    __slots__ = ("_handle", "_loop", "_ring", "_set_at", "_when")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ring: Callable[[], None] | None = None
        self._when = _NEVER
        self._handle: asyncio.TimerHandle | None = None
        self._set_at = _NEVER  # of the loop's timer

    def set(self, when: float, ring: Callable[[], None]) -> None:
        self._when, self._ring = when, ring
        if when < self._set_at:
            self._start(when)

    def clear(self) -> None:
        self._ring = None

    def stop(self) -> None:
        """For good: nothing of it stays with the loop."""
        self._ring = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _start(self, when: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._set_at = when
        self._handle = self._loop.call_at(when, self._fire)

    def _fire(self) -> None:
        self._handle, self._set_at = None, _NEVER
        ring = self._ring
        if ring is None:
            return
        if self._loop.time() < self._when:
            self._start(self._when)
        else:
            self._ring = None
            ring()
