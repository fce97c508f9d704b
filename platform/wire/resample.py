"""Sound from one sampling rate to another, as it comes."""

import numpy
import soxr

_SAMPLES = numpy.dtype("<i2")


class Resampler:
    """For one sound: 16 bit little-endian mono. Holds back less than a tenth of a second.

    What comes out lasts as long as what went in, to the sample.
    """

    __slots__ = ("_stream",)

    def __init__(self, source: int, target: int) -> None:
        self._stream = soxr.ResampleStream(source, target, 1, dtype="int16")

    def feed(self, samples: bytes | memoryview) -> bytes:
        """Whole samples in, whole samples out; often none."""
        return bytes(self._stream.resample_chunk(numpy.frombuffer(samples, _SAMPLES)).data)

    def close(self) -> bytes:
        """What was held back; nothing may be fed afterwards."""
        return bytes(self._stream.resample_chunk(numpy.empty(0, _SAMPLES), last=True).data)
