"""G.711, the companded samples of telephones, as 16 bit linear PCM."""

from collections.abc import Callable


def _mulaw(byte: int) -> int:
    byte = ~byte
    size = (((byte & 0x0F) << 3) + 0x84) << ((byte & 0x70) >> 4)
    return 0x84 - size if byte & 0x80 else size - 0x84


def _alaw(byte: int) -> int:
    byte ^= 0x55
    step, size = (byte & 0x70) >> 4, (byte & 0x0F) << 4
    size = size + 8 if step == 0 else (size + 0x108) << (step - 1)
    return size if byte & 0x80 else -size


def _tables(decode: Callable[[int], int]) -> tuple[bytes, bytes]:
    """What each byte becomes: the low halves of the samples, and the high ones."""
    samples = [decode(byte) & 0xFFFF for byte in range(256)]
    return bytes(each & 0xFF for each in samples), bytes(each >> 8 for each in samples)


_TABLES = {"mulaw": _tables(_mulaw), "alaw": _tables(_alaw)}


def to_linear(encoding: str, data: bytes) -> bytes:
    """Little-endian samples of `mulaw` or `alaw` bytes."""
    low, high = _TABLES[encoding]
    samples = bytearray(2 * len(data))
    samples[::2], samples[1::2] = data.translate(low), data.translate(high)
    return bytes(samples)
