"""What can be told of sound without hearing it."""

from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from endpoints.validation.exchange import Exchange
from wire.pcm import Samples

AUDIBLE = 330  # of 32768: 40 dB below full scale
_LOOKED_AT = 200_000  # samples; enough for a sentence, and looked at in a tenth of a second

ByteOrder = Literal["little", "big"]


def samples(exchange: Exchange, order: ByteOrder = "little") -> Sequence[int]:
    """The beginning of what was spoken."""
    found = array("h", Samples().feed(exchange.heard)[: _LOOKED_AT * 2])
    if order == "big":
        found.byteswap()
    return found


def peak(sound: Sequence[int]) -> int:
    return max(map(abs, sound), default=0)


def lead(sound: Sequence[int]) -> int:
    """Samples before the first that can be heard."""
    return next((at for at, one in enumerate(sound) if abs(one) > AUDIBLE), len(sound))


def roughness(sound: Sequence[int]) -> float:
    """How far neighbours lie apart, for their size: below 1 for speech, above it for noise."""
    size = sum(map(abs, sound))
    return sum(abs(after - before) for before, after in pairwise(sound)) / size if size else 0.0
