"""A text that comes in pieces, cut into what is worth speaking at once."""

import re
from collections.abc import Iterator

from wire.surrogates import HalfEmoji

MOST = 1800  # characters; some servers take no more than 2,000
_LEAST = 8  # so that `Dr.` and `1.` are no sentences

_END = re.compile(r"[.!?…]{1,8}[\"'”’»)\]]{0,4}(?=\s)|[。！？]{1,8}[”’」』）]{0,4}|\n[ \t]{0,64}\n")
_LAST = re.compile(r"(?<!\d)[.!?…]{1,8}[\"'”’»)\]]{0,4}$")
_LONGEST = 72  # characters of an end, with what stands before and behind it
_SPACE = re.compile(r"\s")


class Sentences:
    """Holds what has no end yet, `MOST` characters at most: a longer one is cut between words.

    What is only space is never given.
    """

    __slots__ = ("_emoji", "_held")

    def __init__(self) -> None:
        self._held = ""
        self._emoji = HalfEmoji()

    def feed(self, text: str) -> list[str]:
        """The sentences that `text` ends.

        Whether a text that ends in a full stop goes on is only known with what follows it; but one
        of several words was cut there by somebody who knows, and needs not wait.
        """
        seen = len(self._held) - _LONGEST  # no end is before it: it would have been found
        held = self._held + self._emoji.feed(text)
        done, at = [], 0
        for end in _ends(held, seen):
            done.append(held[at:end])
            at = end
        rest = held[at:]
        several = _SPACE.search(text.strip()) and len(rest.strip()) >= _LEAST
        if several and _LAST.search(rest[-_LONGEST:]):
            done.append(rest)
            rest = ""
        self._held = rest
        return _spoken(done)

    def flush(self) -> list[str]:
        """All that is held."""
        rest, self._held = self._held + self._emoji.close(), ""
        return _spoken([rest])

    def clear(self) -> None:
        """Forgets what is held."""
        self.flush()


def pieces(text: str) -> list[str]:
    """The text in pieces of at most `MOST` characters, cut between words; together they are it."""
    cut, at = [], 0
    while len(text) - at > MOST:
        end = _between_words(text, at)
        cut.append(text[at:end])
        at = end
    return [*cut, text[at:]]


def _ends(text: str, seen: int) -> Iterator[int]:
    at = 0
    while True:
        found = _END.search(text, max(at + _LEAST, seen))
        end = found.end() if found else len(text)
        while end - at > MOST:
            at = _between_words(text, at)
            yield at
        if found is None:
            return
        at = end
        yield at


def _between_words(text: str, at: int) -> int:
    """Where the next piece begins: behind the last space that fits."""
    window = text[at : at + MOST]
    space = max(window.rfind(" "), window.rfind("\n"))
    return at + (space + 1 if space > 0 else MOST)


def _spoken(texts: list[str]) -> list[str]:
    return [stripped for text in texts if (stripped := text.strip())]
