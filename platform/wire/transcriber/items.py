"""Utterances whose texts are finished in another order than they were spoken."""

from collections.abc import Sequence

MOST_ITEMS = 16
MOST_TEXT = 16 * 1024


class Items:
    """Texts by item, given out in the order in which the items began.

    Of more than `MOST_ITEMS` the oldest whose text is not complete is forgotten.
    """

    __slots__ = ("_done", "_texts")

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._done: set[str] = set()

    def begin(self, item: str) -> None:
        if item not in self._texts:
            self._texts[item] = ""
            if len(self._texts) > MOST_ITEMS:
                del self._texts[next(each for each in self._texts if each not in self._done)]

    def grow(self, item: str, more: str) -> str | None:
        """The text of that item so far, if it is the oldest: others are not spoken of yet."""
        self.begin(item)
        self._texts[item] = (self._texts[item] + more)[:MOST_TEXT]
        return self._texts[item] if next(iter(self._texts)) == item else None

    def complete(self, item: str, text: str) -> Sequence[str]:
        """What can be given out now."""
        self.begin(item)
        self._texts[item] = text[:MOST_TEXT]
        self._done.add(item)
        return self._ready()

    def drop(self, item: str) -> Sequence[str]:
        """Nothing comes of that item; what waited for it can be given out."""
        self._texts.pop(item, None)
        self._done.discard(item)
        return self._ready()

    def rest(self) -> Sequence[str]:
        """All that is complete: nothing more is waited for."""
        for item in [item for item in self._texts if item not in self._done]:
            del self._texts[item]
        return self._ready()

    def _ready(self) -> list[str]:
        ready = []
        while self._texts:
            oldest = next(iter(self._texts))
            if oldest not in self._done:
                break
            self._done.remove(oldest)
            ready.append(self._texts.pop(oldest))
        return ready
