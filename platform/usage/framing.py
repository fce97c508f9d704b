"""Records in a segment: length, CRC-32 and payload; whatever is none of that ends the reading.

The checksum is zlib's CRC-32: CRC-32C would need a compiled dependency and finds the same torn
tails. It covers the length too, so that a run of zeros is no record.
"""

import struct
from zlib import crc32

MAGIC = b"PBUSAGE1"
MAX_PAYLOAD = 1 << 16
_HEAD = struct.Struct("<II")
_pack = _HEAD.pack


def frame(payload: bytes) -> bytes:
    """Raises `ValueError` when the payload is empty or over `MAX_PAYLOAD`."""
    size = len(payload)
    if not 0 < size <= MAX_PAYLOAD:
        raise ValueError(f"a payload of {size} bytes")
    return _pack(size, crc32(payload, size)) + payload


def read(data: bytes, start: int = 0) -> tuple[list[bytes], int]:
    """The whole records from `start` on, and the offset where the first other thing begins."""
    payloads = []
    while start + _HEAD.size <= len(data):
        size, checksum = _HEAD.unpack_from(data, start)
        end = start + _HEAD.size + size
        if not 0 < size <= MAX_PAYLOAD or end > len(data):
            break
        payload = data[end - size : end]
        if crc32(payload, size) != checksum:
            break
        payloads.append(payload)
        start = end
    return payloads, start


def is_torn(rest: bytes) -> bool:
    """Whether what stands after the last record is what a lost machine leaves there.

    That is zeros, or a record's beginning; anything else is damage worth keeping for a person.
    """
    if not rest.strip(b"\0"):
        return True
    if len(rest) < _HEAD.size:
        return True
    size = int(_HEAD.unpack_from(rest)[0])
    return 0 < size <= MAX_PAYLOAD and _HEAD.size + size > len(rest.rstrip(b"\0"))
