"""The recorded sentence is what the page says it is."""

import wave
from array import array

from endpoints.validation import speech


def test_it_is_two_seconds_of_16_bit_mono_speech_at_16_khz() -> None:
    with wave.open(str(speech.RECORDING)) as recording:
        shape = recording.getframerate(), recording.getnchannels(), recording.getsampwidth()
    assert shape == (16_000, 1, 2)
    assert {len(frame) for frame in speech.frames()} == {640}
    assert 1.5 < len(speech.frames()) * speech.FRAME_SECONDS < 3
    assert 5_000 < max(map(abs, array("h", b"".join(speech.frames())))) < 32_000
    assert speech.RECORDING.stat().st_size < 100_000
