"""Final pieces of one utterance, joined."""

from wire.events import FinalText

MOST_SEGMENTS = 200
MOST_TEXT = 16 * 1024


class Segments:
    """What is final of an utterance that goes on; it must be taken when it is `full`."""

    __slots__ = ("_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[FinalText] = []
        self._size = 0

    def add(self, part: FinalText) -> None:
        """One without text is none."""
        if part.text:
            self._parts.append(part)
            self._size += len(part.text)

    def full(self) -> bool:
        return len(self._parts) >= MOST_SEGMENTS or self._size >= MOST_TEXT

    def joined(self, more: str = "") -> str:
        """All text so far, and what may follow it."""
        texts = [part.text for part in self._parts]
        return " ".join([*texts, more] if more else texts)

    def take(self, *, always: bool = False) -> list[FinalText]:
        """The utterance as one, and an empty one after it; nothing of nothing, unless `always`.

        Its confidence is the mean of its parts', its language that of the last one that has any.
        """
        if not (self._parts or always):
            return []
        sure = [part.confidence for part in self._parts if part.confidence is not None]
        languages = [part.language for part in self._parts if part.language]
        whole = FinalText(
            self.joined(),
            round(sum(sure) / len(sure), 4) if sure else None,
            languages[-1] if languages else None,
        )
        self._parts, self._size = [], 0
        return [whole]
