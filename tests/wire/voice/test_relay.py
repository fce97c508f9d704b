"""Sound on its way from one form into another."""

from typing import Any

import numpy
import pytest

from tests.gateway.speaking import tone
from tests.wire.voice.test_readers import cuts
from wire.events import Failure, Usage
from wire.resample import Resampler
from wire.voice.readers import BodyReader, PcmReader, WavReader
from wire.voice.relay import AT_ONCE, Metering, SoundRelay, Translating
from wire.voice.sound import Sound
from wire.voice.writers import BodyWriter
from wire.wav import write_header

SOUND = tone(20, 8000)
WAV_8K, PCM_8K = Sound("wav", 8000), Sound("pcm", 8000)


class Marked(PcmReader):
    """Ends at a sample of ones, and fails at one of twos."""

    may_end = False

    def feed(self, data: bytes) -> bytes:
        self.done = self.done or data == b"\x01\x01"
        self.usage = Usage(3, 5) if self.done else None
        self.failure = Failure("No breath left.") if data == b"\x02\x02" else None
        return b"" if self.done or self.failure else super().feed(data)


def through(relay: SoundRelay, *pieces: bytes) -> bytes:
    return b"".join([*map(relay.feed, pieces), relay.close()])


def test_at_the_same_rate_only_the_header_changes() -> None:
    for pieces in cuts(write_header(8000) + SOUND):
        relay = Translating(WavReader(), BodyWriter(PCM_8K), PCM_8K)
        assert through(relay, *pieces) == SOUND
        assert relay.audio_ms == 20
    relay = Translating(PcmReader(8000), BodyWriter(WAV_8K), WAV_8K)
    assert through(relay, SOUND, b"\x00") == write_header(8000) + SOUND


@pytest.mark.parametrize("source", [22_050, 24_000, 48_000])
def test_another_rate_is_made_and_the_sound_lasts_as_long(source: int) -> None:
    for reader, body in (
        (PcmReader(source), tone(1000, source)),
        (WavReader(), write_header(source) + tone(1000, source)),
    ):
        relay = Translating(reader, BodyWriter(PCM_8K), PCM_8K)
        assert not relay.delivered
        assert len(through(relay, body[:333], body[333:])) == 16_000
        assert (relay.audio_ms, relay.delivered) == (1000, True)


def test_packed_sound_is_carried_as_it_is_and_has_no_length() -> None:
    relay = Translating(BodyReader(), BodyWriter(Sound("mp3")), Sound("mp3"))
    assert through(relay, b"\xff", b"\xfb") == b"\xff\xfb"
    assert relay.audio_ms is None


def test_nothing_is_written_of_nothing() -> None:
    relay = Translating(PcmReader(8000), BodyWriter(WAV_8K), WAV_8K)
    assert through(relay, b"\x00") == b""
    assert relay.empty


def test_a_sound_so_short_that_it_is_held_back_is_one() -> None:
    relay = Translating(PcmReader(24_000), BodyWriter(PCM_8K), PCM_8K)
    assert len(through(relay, tone(1))) == 16
    assert not relay.empty


def test_the_end_that_an_answer_must_have_is_missed() -> None:
    relay = Translating(Marked(8000), BodyWriter(PCM_8K), PCM_8K)
    relay.feed(SOUND)
    assert (relay.over, relay.cut_off) == (False, True)
    relay.feed(b"\x01\x01")
    assert (relay.over, relay.cut_off, relay.broken) == (True, False, False)
    assert relay.usage == Usage(3, 5)
    assert not Translating(PcmReader(8000), BodyWriter(PCM_8K), PCM_8K).cut_off


def test_an_endpoints_failure_breaks_a_translation_and_passes_unchanged() -> None:
    translating = Translating(Marked(8000), BodyWriter(PCM_8K), PCM_8K)
    metering = Metering(Marked(8000), BodyWriter(PCM_8K))
    for relay, broken in ((translating, True), (metering, False)):
        relay.feed(b"\x02\x02")
        assert (relay.over, relay.broken, relay.cut_off) == (True, broken, False)
        assert relay.failure == Failure("No breath left.")
        assert relay.fail(code="upstream_error", message="No breath left.") == b""


def test_what_is_metered_keeps_its_bytes() -> None:
    for pieces in cuts(write_header(8000) + SOUND):
        relay = Metering(WavReader(), BodyWriter(WAV_8K))
        assert through(relay, *pieces) == write_header(8000) + SOUND
        assert relay.audio_ms == 20
    packed = Metering(BodyReader(), BodyWriter(Sound("mp3")))
    assert (packed.feed(b"\xff"), packed.audio_ms, packed.empty) == (b"\xff", None, False)
    assert (packed.waiting, packed.go_on()) == (False, b"")


def test_behind_the_end_nothing_is_metered() -> None:
    relay = Metering(Marked(8000), BodyWriter(PCM_8K))
    assert not relay.delivered
    assert through(relay, SOUND, b"\x01\x01", b"\x05\x05") == SOUND + b"\x01\x01\x05\x05"
    assert (relay.audio_ms, relay.delivered) == (20, True)


def test_what_takes_long_is_put_off_and_comes_whole_and_in_order() -> None:
    target, sound = Sound("pcm", 192_000), tone(9_000, 4000)
    relay = Translating(PcmReader(4000), BodyWriter(target), target)
    pieces = [relay.feed(sound[:50_001])]
    assert relay.waiting
    pieces.append(relay.feed(sound[50_001:]))
    while relay.waiting:
        pieces.append(relay.go_on())
    assert max(map(len, pieces)) < 3 * AT_ONCE
    heard = b"".join(pieces) + relay.close()
    alone = Resampler(4000, 192_000)
    expected = alone.feed(memoryview(sound)) + alone.close()
    between = numpy.abs(samples(heard) - samples(expected))
    assert between.max() <= 2  # both are dithered
    assert relay.audio_ms == 9_000


def samples(sound: bytes) -> "numpy.ndarray[Any, Any]":
    return numpy.frombuffer(sound, "<i2").astype(int)
