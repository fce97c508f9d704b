"""Which secret texts are known to this process, so that none of them is printed.

The registry holds no secret: it keeps a keyed hash of each text and of its first characters, and
forgets the least recently used beyond its capacity.
"""

import json
import os
from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from urllib.parse import quote

SHORTEST = 8
"""Texts below this length are not registered: they would blot out ordinary words."""

_PEPPER = os.urandom(32)


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=_PEPPER).digest()


class SecretRegistry:
    """A bounded set of texts to blot out. Safe to use from several threads."""

    def __init__(self, capacity: int = 8192) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[int, tuple[tuple[int, int, bytes], ...]] = OrderedDict()
        self._lengths: dict[int, dict[tuple[int, bytes], int]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, text: str) -> None:
        """Makes `text`, also as JSON, as `repr` and in a URL, unprintable from now on."""
        if len(text) < SHORTEST:
            return
        known = hash(text)
        with self._lock:
            if known in self._entries:
                self._entries.move_to_end(known)
                return
            self._store(known, text)
            while len(self._entries) > self._capacity:
                self._forget(self._entries.popitem(last=False)[1])

    def _store(self, known: int, text: str) -> None:
        shapes = {text, json.dumps(text)[1:-1], repr(text)[1:-1], quote(text, safe="")}
        marks = tuple((hash(shape[:SHORTEST]), len(shape), _digest(shape)) for shape in shapes)
        self._entries[known] = marks
        for start, length, digest in marks:
            counts = self._lengths.setdefault(start, {})
            counts[length, digest] = counts.get((length, digest), 0) + 1

    def _forget(self, marks: tuple[tuple[int, int, bytes], ...]) -> None:
        for start, length, digest in marks:
            counts = self._lengths[start]
            counts[length, digest] -= 1
            if not counts[length, digest]:
                del counts[length, digest]
            if not counts:
                del self._lengths[start]

    def blot(self, text: str, mask: str) -> str:
        """`text` with every registered secret replaced by `mask`."""
        if not self._lengths:
            return text
        with self._lock:
            spans = self._spans(text)
        if not spans:
            return text
        pieces, at = [], 0
        for start, end in spans:
            pieces += [text[at:start], mask]
            at = end
        return "".join([*pieces, text[at:]])

    def _spans(self, text: str) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = []
        at = 0
        while at <= len(text) - SHORTEST:
            counts = self._lengths.get(hash(text[at : at + SHORTEST]))
            end = self._longest(text, at, counts) if counts else 0
            if end:
                spans.append((at, end))
            at = end or at + 1
        return spans

    @staticmethod
    def _longest(text: str, at: int, counts: dict[tuple[int, bytes], int]) -> int:
        for length, digest in sorted(counts, reverse=True):
            if at + length <= len(text) and _digest(text[at : at + length]) == digest:
                return at + length
        return 0


KNOWN = SecretRegistry()
"""The registry of this process."""
