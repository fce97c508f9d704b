"""A caller's audio as all endpoints can be given it: 16 bit little-endian PCM of one channel."""

from wire.errors import InvalidRequest, quoted
from wire.g711 import to_linear
from wire.pcm import LEAST_RATE, MOST_RATE, SAMPLE_BYTES
from wire.transcriber.opening import LINEAR, Opening

MOST_CHANNELS = 8

_COMPANDED = ("mulaw", "alaw")


class Mono:
    """One channel of a caller's audio; nothing, if it has not so many. What is cut within a frame
    of samples waits for its rest; with `trims` only until its message ends.

    Raises `InvalidRequest` for audio that cannot be read.
    """

    __slots__ = ("_channel", "_encoding", "_frame", "_rest", "_trims", "_width")

    def __init__(self, opening: Opening, *, trims: bool = False, channel: int = 0) -> None:
        _check(opening)
        self._channel = channel
        self._encoding = opening.encoding
        self._width = SAMPLE_BYTES if opening.encoding == LINEAR else 1
        self._frame = self._width * opening.channels
        self._trims = trims
        self._rest = b""

    def feed(self, data: bytes, *, last: bool = True) -> bytes:
        """`last`: a message ends with this piece."""
        data = self._rest + data
        whole = len(data) - len(data) % self._frame
        self._rest = b"" if self._trims and last else data[whole:]
        mono = self._one_channel(data[:whole])
        return mono if self._encoding == LINEAR else to_linear(self._encoding, mono)

    def _one_channel(self, data: bytes) -> bytes:
        first = self._channel * self._width
        if first >= self._frame:
            return b""
        if self._frame == self._width:
            return data
        mono = bytearray(len(data) // self._frame * self._width)
        for byte in range(self._width):
            mono[byte :: self._width] = data[first + byte :: self._frame]
        return bytes(mono)


def _check(opening: Opening) -> None:
    if opening.encoding != LINEAR and opening.encoding not in _COMPANDED:
        raise InvalidRequest(
            f"Audio encoded as {quoted(opening.encoding)} cannot be given to this endpoint, whose"
            " format is another: send `linear16`, `mulaw` or `alaw`.",
            "encoding",
        )
    if not LEAST_RATE <= opening.rate <= MOST_RATE:
        raise InvalidRequest(
            f"The sample rate must be a number from {LEAST_RATE} to {MOST_RATE}.", "sample_rate"
        )
    if not 1 <= opening.channels <= MOST_CHANNELS:
        raise InvalidRequest(f"The channels must be from 1 to {MOST_CHANNELS}.", "channels")


def beside_silence(pcm: bytes) -> bytes:
    """Two channels, of which the second is silent."""
    stereo = bytearray(2 * len(pcm))
    stereo[::4], stereo[1::4] = pcm[::2], pcm[1::2]
    return bytes(stereo)
