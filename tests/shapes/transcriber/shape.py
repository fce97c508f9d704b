"""Transcriber formats as their callers and servers speak them, by hand: what pairs are run with.

A message, either way, is read as a list of (kind, value): `interim`, `final`, `end`, `start` and
`error` of a server; `audio` (PCM), `finalize` and `close` of a caller.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Said = list[tuple[str, Any]]
Read = Callable[[str | bytes], Said]


@dataclass(frozen=True)
class CallerShape:
    """`url` goes below an agent's base; `opens` are its first messages; audio is 16 bit PCM, and
    silent on channels beyond the first.

    `tells` are the kinds that it can be told.
    """

    url: str
    read: Read
    rate: int = 16_000
    channels: int = 1
    opens: tuple[str, ...] = ()
    finalize: str | None = None
    close: str | None = None
    tells: frozenset[str] = frozenset({"interim", "final", "end", "start"})

    def audio(self, mono: bytes) -> bytes:
        if self.channels == 1:
            return mono
        return b"".join(mono[at : at + 2] + b"\0\0" for at in range(0, len(mono), 2))


@dataclass(frozen=True)
class ServerShape:
    """`says` are messages by what they say; `rate` is what a server reads of its URL, or is 0 where
    a message tells. `asks`: it can be asked for a final. `closes`: a word ends the session.
    """

    read: Read
    says: Mapping[str, Sequence[Mapping[str, Any]]]
    rate: Callable[[str], int] = lambda path: 16_000
    greets: tuple[Mapping[str, Any], ...] = ()
    asks: bool = True
    closes: bool = True
    tells: frozenset[str] = frozenset({"interim", "final", "end", "start"})


def json_of(message: str | bytes) -> dict[str, Any]:
    assert isinstance(message, str), "a server says texts"
    value = json.loads(message)
    assert isinstance(value, dict)
    return value
