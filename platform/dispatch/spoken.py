"""Sound that an endpoint answers with, on its way to the caller."""

import asyncio
from abc import abstractmethod

from dispatch.answers import Body, FlowingAnswer, Outlet
from dispatch.failures import DispatchFailed
from wire import pcm
from wire.events import Failure, Usage
from wire.voice.relay import SoundRelay
from wire.voice.sound import Opening, Sound


class SoundAnswer(FlowingAnswer):
    """`sound` is what the caller gets, declared as `content_type`."""

    __slots__ = ("content_type", "sound")

    def __init__(self, body: Body, sound: Sound, content_type: str) -> None:
        super().__init__(body)
        self.sound = sound
        self.content_type = content_type

    @property
    def usage(self) -> Usage | None:
        """What the endpoint reports."""
        return None

    @property
    def delivered(self) -> bool:
        """Whether the caller has an end mark."""
        return False

    @abstractmethod
    def audio_ms(self, sent: int) -> float | None:
        """How long it sounds, of which the caller was sent so many bytes; `None` if its form does
        not tell.
        """

    def fail(self, code: str, message: str) -> bytes:
        """What tells the caller that it cannot be finished; nothing where only cutting it can."""
        return b""


class PassedSound(SoundAnswer):
    """Its very bytes."""

    __slots__ = ("_found", "_outlet")

    def __init__(self, body: Body, found: Opening, content_type: str) -> None:
        super().__init__(body, found.sound, content_type)
        self._found = found
        self._outlet: Outlet | None = None

    async def read(self, outlet: Outlet | None = None) -> bytes:
        """By the outlet goes all that comes while it is ready."""
        self._outlet = outlet
        return await self.body.read(None if outlet is None else self._pass_on)

    def _pass_on(self, data: bytes) -> bool:
        outlet = self._outlet
        if outlet is None or not outlet.ready():
            return False
        outlet.put(data)
        return True

    def audio_ms(self, sent: int) -> float | None:
        found = self._found
        if found.sound.packed:
            return None
        heard = max(0, sent - found.header)
        known = heard if found.size is None else min(heard, found.size)
        return pcm.milliseconds(known, found.sound.rate)


class TranslatedSound(SoundAnswer):
    """Carried by a relay, which may change it."""

    __slots__ = ("_ahead", "_ended", "_outlet", "_relay")

    def __init__(self, body: Body, relay: SoundRelay, sound: Sound, content_type: str) -> None:
        super().__init__(body, sound, content_type)
        self._relay = relay
        self._ahead: tuple[int, bytes] | None = None
        self._outlet: Outlet | None = None
        self._ended = False

    async def read(self, outlet: Outlet | None = None) -> bytes:
        """By the outlet goes what comes while it is ready, but for the end."""
        self._outlet = outlet
        push = None if outlet is None else self._pass_on
        while not self._ended:
            if self._relay.waiting:
                await asyncio.sleep(0)
                out = self._relay.go_on()
            elif self._relay.broken:
                raise self.body.bad("It sent an error inside its answer.")
            else:
                data = await (self._read_rest() if self._relay.over else self.body.read(push))
                out = self._fed(data) if data else self._end()
            if out:
                return out
        return b""

    def _fed(self, data: bytes) -> bytes:
        """What comes of `data`, whose beginning may have been fed as it came."""
        if self._ahead is None:
            return self._relay.feed(data)
        (size, out), self._ahead = self._ahead, None
        return out + self._relay.feed(data[size:])

    def _pass_on(self, data: bytes) -> bool:
        """Not across the end, behind which there is another clock, nor what takes long: what came
        of that is kept.
        """
        outlet = self._outlet
        if outlet is None or not outlet.ready():
            return False
        out = self._relay.feed(data)
        if self._relay.over or self._relay.waiting:
            self._ahead = len(data), out
            return False
        if out:
            outlet.put(out)
        return True

    def _end(self) -> bytes:
        self._ended = True
        if self._relay.cut_off:
            raise self._truncated("Its stream ended without an end mark.")
        out = self._relay.close()
        if self._relay.empty:
            raise self._truncated("Its answer held no sound.")
        return out

    def _truncated(self, detail: str) -> DispatchFailed:
        self.close()
        return DispatchFailed("upstream_truncated", detail, self.body.response)

    @property
    def failure(self) -> Failure | None:
        return self._relay.failure

    @property
    def usage(self) -> Usage | None:
        return self._relay.usage

    @property
    def delivered(self) -> bool:
        return self._relay.delivered

    def audio_ms(self, sent: int) -> float | None:
        return self._relay.audio_ms

    def fail(self, code: str, message: str) -> bytes:
        self.close()
        return self._relay.fail(code=code, message=message)
