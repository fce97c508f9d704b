"""The sentence that transcribers are tested with.

`sentence.wav` was spoken by espeak-ng 1.51 (`espeak-ng -v en-US+klatt5 -s 165 -a 30`), resampled to
16 kHz, with 0.2 s of silence before it and 0.1 s after. Nobody's voice is in it, and espeak-ng's
licence covers the program, not what it says; the recording is given to everybody (CC0 1.0).
"""

import wave
from functools import cache
from pathlib import Path

SAID = "Please call me tomorrow morning."
RECORDING = Path(__file__).with_name("sentence.wav")
FRAME_SECONDS = 0.02


@cache
def frames() -> tuple[bytes, ...]:
    """Pieces of `FRAME_SECONDS`, 16 bit little-endian mono at 16 kHz."""
    with wave.open(str(RECORDING)) as recording:
        size = round(recording.getframerate() * FRAME_SECONDS)
        count = recording.getnframes() // size
        return tuple(recording.readframes(size) for _ in range(count))
