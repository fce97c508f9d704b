"""What was said in calls whose callers send only their last words: bounded, and in memory only."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from wire.conversation import Turn
from wire.tokens import utf8_size

Key = tuple[str, ...]
"""Begins with the tenant: what is kept for one is never found by another."""

KEPT_SECONDS = 3600.0
MOST_TURNS = 200
CALL_BYTES = 64 * 1024
TENANT_BYTES = 16 * 1024 * 1024
ALL_BYTES = 128 * 1024 * 1024
_FRAME = 512  # bytes that an entry takes besides its text
_TURN_FRAME = 128


@dataclass(slots=True)
class _Kept:
    used_at: float
    turns: tuple[Turn, ...] = ()
    session: str | None = None
    size: int = _FRAME


@dataclass(slots=True)
class _Share:
    """A tenant's; the longest unused call first."""

    calls: OrderedDict[Key, None] = field(default_factory=OrderedDict)
    size: int = 0


class Memory:
    """Forgets a call an hour after its last use, and sooner where it takes too much room: the
    oldest words of a long call, the longest unused call of a tenant, and of all.
    """

    __slots__ = ("_clock", "_kept", "_shares", "size")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._shares: dict[str, _Share] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def turns(self, key: Key) -> tuple[Turn, ...]:
        """What was said, oldest first."""
        kept = self._fresh(key)
        return kept.turns if kept else ()

    def session(self, key: Key) -> str | None:
        """What the endpoint itself calls the call."""
        kept = self._fresh(key)
        return kept.session if kept else None

    def add(self, key: Key, turn: Turn) -> None:
        """Nothing for a turn that was kept last: platforms ask again when they lose patience."""
        kept = self._fresh(key) or _Kept(self._clock())
        if turn.text and kept.turns[-1:] != (turn,):
            kept.turns = _latest((*kept.turns, turn))
        self._keep(key, kept)

    def name(self, key: Key, session: str) -> None:
        """Keeps what the endpoint itself calls the call."""
        kept = self._fresh(key) or _Kept(self._clock())
        kept.session = session
        self._keep(key, kept)

    def sweep(self) -> None:
        """Forgets what was not used for long."""
        while self._kept and self._is_old(next(iter(self._kept.values()))):
            self._forget(next(iter(self._kept)))

    def _fresh(self, key: Key) -> _Kept | None:
        kept = self._kept.get(key)
        return None if kept is None or self._is_old(kept) else kept

    def _is_old(self, kept: _Kept) -> bool:
        return self._clock() - kept.used_at > KEPT_SECONDS

    def _keep(self, key: Key, kept: _Kept) -> None:
        self._forget(key)
        kept.used_at = self._clock()
        kept.size = _FRAME + len(kept.session or "") + sum(map(_size, kept.turns))
        self._kept[key] = kept
        share = self._shares.setdefault(key[0], _Share())
        share.calls[key] = None
        share.size += kept.size
        self.size += kept.size
        while share.size > TENANT_BYTES:
            self._forget(next(iter(share.calls)))
        while self.size > ALL_BYTES:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is None:
            return
        share = self._shares[key[0]]
        del share.calls[key]
        share.size -= kept.size
        self.size -= kept.size
        if not share.calls:
            del self._shares[key[0]]


def _size(turn: Turn) -> int:
    return _TURN_FRAME + utf8_size(turn.text)


def _latest(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The last of them that are within the bounds of one call."""
    room, first = CALL_BYTES, len(turns)
    for turn in reversed(turns[-MOST_TURNS:]):
        room -= _size(turn)
        if room < 0:
            break
        first -= 1
    return turns[first:]
