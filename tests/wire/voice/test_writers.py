"""Sound as a body."""

from wire.voice.sound import Sound
from wire.voice.writers import BodyWriter
from wire.wav import write_header


def test_samples_are_the_body() -> None:
    writer = BodyWriter(Sound("pcm", 8000))
    assert writer.write(b"ab") + writer.write(b"cd") + writer.end(None) == b"abcd"
    assert writer.fail(code="upstream_truncated", message="It broke off.") == b""


def test_before_samples_in_a_wav_file_stands_its_header_once() -> None:
    writer = BodyWriter(Sound("wav", 8000))
    assert writer.write(b"ab") + writer.write(b"cd") == write_header(8000) + b"abcd"
