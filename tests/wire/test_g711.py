"""Companded samples become linear ones."""

from struct import unpack

from wire.g711 import to_linear


def samples(encoding: str, *data: int) -> tuple[int, ...]:
    linear = to_linear(encoding, bytes(data))
    return unpack(f"<{len(data)}h", linear)


def test_mulaw_has_silence_in_its_middle_and_the_standards_extremes() -> None:
    assert samples("mulaw", 0xFF, 0x7F, 0x80, 0x00) == (0, 0, 32124, -32124)
    assert samples("mulaw", 0xFE, 0xEF, 0xDB) == (8, 132, 524)


def test_alaw_has_the_standards_steps_and_extremes() -> None:
    assert samples("alaw", 0xD5, 0x55, 0xAA, 0x2A) == (8, -8, 32256, -32256)
    assert samples("alaw", 0xD4, 0xC5, 0xF5) == (24, 264, 528)


def test_every_code_is_louder_than_the_one_before_it() -> None:
    up = samples("mulaw", *range(0xFF, 0x7F, -1))
    assert list(up) == sorted(set(up))
    steps = samples("alaw", *(byte ^ 0x55 for byte in range(0x80, 0x100)))
    assert list(steps) == sorted(set(steps))


def test_no_bytes_are_no_samples() -> None:
    assert to_linear("alaw", b"") == b""
