"""The dispatches that are running in this process, and how one is ended from outside."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Literal

from gateway.asgi import Receive, WatchHangup

Reason = Literal["client_gone", "stalled", "revoked", "draining"]

STALL_SECONDS = 30.0

_GONE = ("http.disconnect", "websocket.disconnect")


class Live:
    """One running dispatch. `sends` counts what was handed to the caller, for the stall watch."""

    __slots__ = ("_task", "_watch", "_watch_hangup", "abort", "ended_by", "key_digest", "mark",
                 "sending", "sends")  # fmt: skip

    def __init__(self, key_digest: str, abort: Callable[[], None] | None) -> None:
        self.key_digest = key_digest
        self.abort = abort
        self.ended_by: Reason | None = None
        self.sending = False
        self.sends = 0
        self.mark = (-1, 0.0)
        self._task = asyncio.current_task()
        self._watch: asyncio.Task[None] | None = None
        self._watch_hangup: WatchHangup | None = None

    def watch(self, receive: Receive, watch_hangup: WatchHangup | None = None) -> None:
        """From now on a disconnect of the caller ends the dispatch."""
        self._watch_hangup = watch_hangup
        if watch_hangup is not None:
            watch_hangup(self._gone)
        else:
            self._watch = asyncio.get_running_loop().create_task(self._until_gone(receive))

    def end(self, reason: Reason) -> None:
        """Cancels the dispatch's task wherever it waits; the first reason stands."""
        if self.ended_by is None and self._task is not None:
            self.ended_by = reason
            self._task.cancel()

    def settle(self) -> None:
        """The dispatch is over: nothing cancels it any more, and a cancellation is taken back."""
        if self._watch_hangup is not None:
            self._watch_hangup(None)
            self._watch_hangup = None
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None  # its traceback holds us: nothing must be left to the collector
        if self._task is not None and self.ended_by is not None:
            self._task.uncancel()
        self._task = None

    def stalled(self, now: float) -> bool:
        """Whether one and the same send has waited for the caller longer than is allowed."""
        if not self.sending:
            return False
        if self.mark[0] != self.sends:
            self.mark = (self.sends, now)
        return now - self.mark[1] > STALL_SECONDS

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] not in _GONE:
            continue
        self._gone()

    def _gone(self) -> None:
        self.end("client_gone")


class LiveDispatches:
    """All of them. Ending one only asks its task; it takes itself off the list."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        self._all: set[Live] = set()

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Live]:
        return iter(tuple(self._all))

    def add(self, live: Live) -> None:
        self._all.add(live)

    def discard(self, live: Live) -> None:
        self._all.discard(live)

    def of_key(self, digest: str) -> list[Live]:
        return [live for live in self._all if live.key_digest == digest]

    def end_stalled(self, now: float) -> int:
        """Ends dispatches whose caller has stopped reading; returns how many."""
        stalled = [live for live in self._all if live.stalled(now)]
        for live in stalled:
            live.end("stalled")
        return len(stalled)
