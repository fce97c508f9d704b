"""Channels beyond a caller's first: each is heard in a dispatch of its own, beside the first's."""

import asyncio
import time
from contextlib import ExitStack

from dispatch.failures import DispatchFailed
from dispatch.transcriber import Passage, TranscriberTally
from egress.http import WebSocketRefused
from gateway.accounting import own_error
from gateway.channels import Channels
from gateway.errors import Refused
from gateway.hearing import Hearing
from gateway.junction import Junction
from usage.records import Final

PARTING_SECONDS = 15.0  # more than an interpreter and a link take to end

_NOT_HEARD = "Another of the caller's channels could not be heard."


async def hear_together(first: Hearing, others: list[Passage]) -> None:
    """Runs the dispatches of all channels until the last one has ended. Raises `Refused`.

    The session holds one slot of the plan's; each channel counts as a dispatch begun, and as one of
    those that the process can carry. Without room for all nothing begins.
    """
    with ExitStack() as room:
        places = [room.enter_context(ExitStack()) for _ in others]
        admission, caller = first.exchange.gateway.admission, first.caller
        for place in places:
            place.enter_context(admission.beside(caller.tenant_id, caller.plan.rate))
        await _run_all(first, list(zip(others, places, strict=True)))


async def _run_all(first: Hearing, others: list[tuple[Passage, ExitStack]]) -> None:
    channels = first.channels = Channels(len(others))
    companions: list[Companion] = []
    refusal = None
    async with asyncio.TaskGroup() as group:
        beside = [
            group.create_task(
                _accompany(first, channels, number, passage, place, companions), name="channel"
            )
            for number, (passage, place) in enumerate(others)
        ]
        try:
            await first.run()
        except Refused as error:
            refusal = error
        channels.over = not channels.link.done()
        if not channels.over:
            await asyncio.wait(beside, timeout=PARTING_SECONDS)
        for companion in companions:
            companion.live.end("client_gone")
    if refusal is not None:
        raise refusal


async def _accompany(
    first: Hearing,
    channels: Channels,
    number: int,
    passage: Passage,
    place: ExitStack,
    begun: list["Companion"],
) -> None:
    """One dispatch, in a task of its own; what stops it is told to the first."""
    if channels.over:
        return
    with place:
        companion = Companion(first, channels, number, passage)
        begun.append(companion)
        try:
            await companion.run()
        except Refused as refused:
            channels.settle(number, DispatchFailed(refused.code, _NOT_HEARD))


class Companion(Hearing):
    """The caller is answered, and its call named, by the dispatch of its first channel."""

    __slots__ = ("_first", "_number", "_together")

    def __init__(self, first: Hearing, channels: Channels, number: int, passage: Passage) -> None:
        exchange = first.exchange.beside()
        super().__init__(exchange, first.caller, first.endpoint, passage, first.hops)
        self.live.abort = None
        self._first = first
        self._together = channels
        self._number = number

    @property
    def started(self) -> bool:
        """No failure of its is an HTTP status."""
        return True

    @property
    def own_call(self) -> str:
        return self._first.own_call

    def watch(self) -> None:
        """The first does, until there is a link."""

    async def carry(self) -> None:
        try:
            await super().carry()
        except DispatchFailed as failure:
            self._together.settle(self._number, _not_heard(failure.code, failure.detail))
            raise
        finally:
            self._together.settle(self._number, DispatchFailed("internal_error", _NOT_HEARD))

    async def refused(self, answer: WebSocketRefused) -> None:
        self.account.meter.status = answer.status
        said = own_error(answer.status)
        self.account.saw_refusal(answer.status)
        self._together.settle(self._number, _not_heard("upstream_bad_response", said))

    async def join(self, junction: Junction[TranscriberTally]) -> None:
        self._together.settle(self._number, junction)
        self.link = await asyncio.shield(self._together.link)
        self.account.meter.first_sent = time.perf_counter()

    def release(self) -> None:
        if self.junction is not None:
            self._together.leave(self.junction)
        super().release()

    def count(self, final: Final) -> None:
        """What came of the caller is counted once, by the first."""
        super().count(final)
        final.bytes_in = 0
        if self.passage.translation is not None and self.passage.translation.absent:
            final.audio_ms = 0.0


def _not_heard(code: str, why: str) -> DispatchFailed:
    """The failure of the other channels; `why` is a sentence."""
    detail = f"{_NOT_HEARD} {why}"
    return DispatchFailed(code, detail)
