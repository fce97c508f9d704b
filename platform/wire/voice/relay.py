"""Sound on its way from an endpoint's answer into a caller's."""

from typing import Protocol

from wire import pcm
from wire.events import Failure, Usage
from wire.resample import Resampler
from wire.voice.readers import SoundReader
from wire.voice.sound import Sound
from wire.voice.writers import SoundWriter

AT_ONCE = 32 * 1024  # samples of the higher rate: half a millisecond's work


class SoundRelay(Protocol):
    """`feed` gives what `data` is for the caller, `close` the rest at the end of the answer, and
    `fail` what ends one that cannot be finished.

    What would take long is put off: as long as `waiting`, `go_on` gives more of it, and whoever
    calls it lets others have their turn in between. What the relay knows else of the answer holds
    once nothing waits.
    """

    @property
    def waiting(self) -> bool: ...

    @property
    def over(self) -> bool:
        """Nothing that follows can matter."""
        ...

    @property
    def broken(self) -> bool:
        """The endpoint said that it failed, and the caller does not know it yet."""
        ...

    @property
    def delivered(self) -> bool:
        """The caller has an end mark."""
        ...

    @property
    def cut_off(self) -> bool:
        """At its end: whether the answer may not end so."""
        ...

    @property
    def empty(self) -> bool:
        """After `close`: there was no sound, and the caller has been given nothing."""
        ...

    @property
    def failure(self) -> Failure | None: ...
    @property
    def usage(self) -> Usage | None: ...
    @property
    def audio_ms(self) -> float | None:
        """How long the sound lasts that was given on; `None` for what is packed."""
        ...

    def feed(self, data: bytes) -> bytes: ...
    def go_on(self) -> bytes: ...
    def close(self) -> bytes: ...
    def fail(self, *, code: str, message: str) -> bytes: ...


class _Read:
    """What both relays know from their reader."""

    __slots__ = ("_reader", "heard")

    def __init__(self, reader: SoundReader) -> None:
        self._reader = reader
        self.heard = 0  # bytes of sound

    @property
    def over(self) -> bool:
        return self._reader.done or self._reader.failure is not None

    @property
    def cut_off(self) -> bool:
        return not (self.over or self._reader.may_end)

    @property
    def failure(self) -> Failure | None:
        return self._reader.failure

    @property
    def usage(self) -> Usage | None:
        return self._reader.usage


class Metering(_Read):
    """Bytes pass unchanged, and a copy of them is read. `writer` only tells failures."""

    __slots__ = ("_writer",)
    waiting = broken = empty = False

    def __init__(self, reader: SoundReader, writer: SoundWriter) -> None:
        super().__init__(reader)
        self._writer = writer

    @property
    def delivered(self) -> bool:
        return self._reader.done

    @property
    def audio_ms(self) -> float | None:
        rate = self._reader.rate
        return pcm.milliseconds(self.heard, rate) if rate else None

    def feed(self, data: bytes) -> bytes:
        if not self.over:
            self.heard += len(self._reader.feed(data))
        return data

    def go_on(self) -> bytes:
        return b""

    def close(self) -> bytes:
        return b""

    def fail(self, *, code: str, message: str) -> bytes:
        return self._writer.fail(code=code, message=message)


class Translating(_Read):
    """Read from one form and written in another; `target` is what the caller gets."""

    __slots__ = ("_resampler", "_target", "_waiting", "_writer", "delivered")

    def __init__(self, reader: SoundReader, writer: SoundWriter, target: Sound) -> None:
        super().__init__(reader)
        self._writer = writer
        self._target = target
        self._resampler: Resampler | None = None
        self._waiting = memoryview(b"")
        self.delivered = False

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    @property
    def broken(self) -> bool:
        return self._reader.failure is not None

    @property
    def empty(self) -> bool:
        return not self.heard

    @property
    def audio_ms(self) -> float | None:
        rate = self._target.rate
        return pcm.milliseconds(self.heard, rate) if rate else None

    def feed(self, data: bytes) -> bytes:
        return self._written(self._resampled(self._reader.feed(data)))

    def go_on(self) -> bytes:
        return self._written(self._resampled(b""))

    def close(self) -> bytes:
        late = []
        while self._waiting:
            late.append(self.go_on())
        if self._resampler is not None:
            late.append(self._written(self._resampler.close()))
        self.delivered = True
        return b"".join(late) + self._writer.end(self._reader.usage)

    def fail(self, *, code: str, message: str) -> bytes:
        return self._writer.fail(code=code, message=message)

    def _resampled(self, sound: bytes) -> bytes:
        """The rate may only be known once there is sound."""
        source, target = self._reader.rate, self._target.rate
        if source in (0, target) or not (sound or self._waiting):
            return sound
        if self._resampler is None:
            self._resampler = Resampler(source, target)
        ready = memoryview(bytes(self._waiting) + sound) if sound else self._waiting
        most = pcm.SAMPLE_BYTES * max(1, AT_ONCE * source // max(source, target))
        self._waiting = ready[most:]
        return self._resampler.feed(ready[:most])

    def _written(self, sound: bytes) -> bytes:
        self.heard += len(sound)
        return self._writer.write(sound) if sound else b""
