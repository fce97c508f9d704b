"""The text of one answer as its pieces come: what is to be spoken, and what was only thought."""

from wire.events import Reasoning, Text
from wire.surrogates import HalfEmoji
from wire.think import ThinkSplitter


class Words:
    """Joins emoji that were cut in halves, and takes `<think>` tags out, of one choice's text."""

    def __init__(self, choice: int = 0) -> None:
        self._choice = choice
        self._emoji = HalfEmoji()
        self._think = ThinkSplitter()

    def feed(self, text: str) -> list[Text | Reasoning]:
        text = self._emoji.feed(text)
        if self._think.over:
            return [Text(text, self._choice)] if text else []
        return self._events(*self._think.feed(text))

    def rest(self) -> list[Text | Reasoning]:
        """Text that was held because it could have gone on otherwise."""
        begun = self._think.feed(self._emoji.close())
        return self._events(*begun) + self._events(*self._think.close())

    def _events(self, reasoning: str, text: str) -> list[Text | Reasoning]:
        events: list[Text | Reasoning] = []
        if reasoning:
            events.append(Reasoning(reasoning, self._choice))
        if text:
            events.append(Text(text, self._choice))
        return events
