"""A caller several of whose channels are heard: one link, and a junction for each channel."""

import asyncio

from dispatch.failures import DispatchFailed
from dispatch.transcriber import TranscriberTally
from egress.frames import Frame
from egress.link import End, Link
from gateway.junction import Junction

Hears = Junction[TranscriberTally]


class Channels:
    """The sink of the caller's link. What comes is given to every junction, each of which hears its
    own channel of it.

    The link is read while all keep up. It is closed with the first junction that ends by itself,
    for then something is not heard that the caller wants heard; and with the last one when the
    caller wants no more. `over`: there will be no link.
    """

    def __init__(self, others: int) -> None:
        loop = asyncio.get_running_loop()
        self.link: asyncio.Future[Link] = loop.create_future()
        self.over = False
        self._others: list[asyncio.Future[Hears | DispatchFailed]] = [
            loop.create_future() for _ in range(others)
        ]
        self._parts: dict[Hears, Part] = {}
        self._pausing: set[Part] = set()

    # -- before the caller is answered

    async def ready(self) -> None:
        """Once the endpoint is connected for all others. Raises `DispatchFailed`."""
        await asyncio.wait(self._others)
        for other in self._others:
            found = other.result()
            if isinstance(found, DispatchFailed):
                raise found

    def settle(self, other: int, found: Hears | DispatchFailed) -> None:
        """How one of the others has begun; what is said later does not count."""
        if not self._others[other].done():
            self._others[other].set_result(found)

    def opened(self, link: Link, first: Hears) -> None:
        """All join the link in one step: none misses what comes first."""
        for junction in (first, *(other.result() for other in self._others)):
            if isinstance(junction, Junction):
                self._parts[junction] = Part(self, link, junction)
                junction.joins(self._parts[junction])
        self.link.set_result(link)

    # -- for the link

    def took(self, link: Link, frame: Frame) -> None:
        for junction in tuple(self._parts):
            junction.took(link, frame)

    def room(self, link: Link, free: bool) -> None:
        for junction in tuple(self._parts):
            junction.room(link, free)

    def ended(self, link: Link, end: End) -> None:
        for junction in tuple(self._parts):
            junction.ended(link, end)

    # -- for the junctions

    def leave(self, junction: Hears) -> bool:
        """Whether nobody is left; may come twice."""
        part = self._parts.pop(junction, None)
        if part is not None:
            part.resume_reading()
        return not self._parts

    def pause(self, part: "Part") -> None:
        self._pausing.add(part)

    def resume(self, part: "Part") -> bool:
        """Whether nobody wants the caller to wait."""
        self._pausing.discard(part)
        return not self._pausing


class Part:
    """A `CallerEnd`: the caller's link as one of several junctions has it."""

    __slots__ = ("_channels", "_junction", "_link")

    def __init__(self, channels: Channels, link: Link, junction: Hears) -> None:
        self._channels = channels
        self._link = link
        self._junction = junction

    def put(self, frame: Frame) -> None:
        self._link.put(frame)

    def put_text(self, text: bytes) -> None:
        self._link.put_text(text)

    def close(self, code: int, reason: str = "") -> None:
        if self._channels.leave(self._junction) or not self._junction.leaving:
            self._link.close(code, reason)

    def pause_reading(self) -> None:
        self._channels.pause(self)
        self._link.pause_reading()

    def resume_reading(self) -> None:
        if self._channels.resume(self):
            self._link.resume_reading()
