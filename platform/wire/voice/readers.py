"""Takes the sound out of an endpoint's answer: samples without header, or what is packed."""

from typing import Protocol

from wire import pcm, wav
from wire.events import Failure, Usage
from wire.voice.sound import PCM, WAV, Sound


class SoundReader(Protocol):
    """`rate` is in Hz, 0 for what is packed. `done`: the answer's own end mark came; without one
    at its end it is cut off, unless it `may_end`. After a `failure` nothing follows.
    """

    usage: Usage | None
    failure: Failure | None
    done: bool

    @property
    def rate(self) -> int: ...
    @property
    def may_end(self) -> bool: ...

    def feed(self, data: bytes) -> bytes:
        """The sound in `data`; of PCM whole samples."""
        ...


class BodyReader:
    """A body that is nothing but sound, however packed."""

    __slots__ = ("done", "failure", "rate", "usage")
    may_end = True

    def __init__(self, rate: int = 0) -> None:
        self.rate = rate
        self.usage: Usage | None = None
        self.failure: Failure | None = None
        self.done = False

    def feed(self, data: bytes) -> bytes:
        return data


class PcmReader(BodyReader):
    """Raw PCM, cut anywhere."""

    __slots__ = ("_samples",)

    def __init__(self, rate: int) -> None:
        super().__init__(rate)
        self._samples = pcm.Samples()

    def feed(self, data: bytes) -> bytes:
        return self._samples.feed(data)


class WavReader(PcmReader):
    """PCM in a WAV file. What follows its sound, such as a title, is left out."""

    __slots__ = ("_left", "_start")

    def __init__(self) -> None:
        super().__init__(0)
        self._start: bytes | None = b""
        self._left: int | None = None

    def feed(self, data: bytes) -> bytes:
        if self._start is not None:
            self._start += data
            data = self._behind_header(self._start)
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        return super().feed(data)

    def _behind_header(self, start: bytes) -> bytes:
        """Nothing while it takes more."""
        try:
            header = wav.read_header(start)
        except wav.UnfitWav as unfit:
            self.failure = Failure(f"It answered with {unfit}.")
            return b""
        if header is None:
            return b""
        self.rate, self._left, self._start = header.rate, header.sound, None
        return start[header.size :]


def reader_of(sound: Sound) -> SoundReader:
    if sound.kind == PCM:
        return PcmReader(sound.rate)
    return WavReader() if sound.kind == WAV else BodyReader()
