"""What all transcriber formats have in common."""

from wire.registry import format_named
from wire.transcriber.base import TranscriberFormat


def test_audio_lasts_by_the_bytes_of_the_format() -> None:
    wire = format_named("transcriber", "rymi-stt")
    assert isinstance(wire, TranscriberFormat)
    assert wire.bytes_per_second == 2 * 16_000
    assert [wire.audio_ms(size) for size in (0, 640, 32_000)] == [0, 20, 1000]
