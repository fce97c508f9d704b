"""The stream of a server made for Vapi, read into canonical events."""

from wire.events import Failure, Finish, LLMEvent, Reasoning, Text
from wire.openai.reader import ChatReader
from wire.vapi.flush import FlushCutter
from wire.words import Words


class _Choice:
    """The text of one choice; a thought may begin behind a mark."""

    def __init__(self, index: int) -> None:
        self._marks = FlushCutter()
        self._words = Words(index)

    def feed(self, text: str) -> list[Text | Reasoning]:
        return self._words.feed(self._marks.feed(text))

    def rest(self) -> list[Text | Reasoning]:
        return [*self._words.feed(self._marks.rest()), *self._words.rest()]


class VapiReader:
    """An `LLMReader`: OpenAI's, without the marks that only Vapi understands."""

    def __init__(self) -> None:
        self._chat = ChatReader()
        self._choices: dict[int, _Choice] = {}

    @property
    def done(self) -> bool:
        return self._chat.done

    def feed(self, data: bytes) -> list[LLMEvent]:
        return self._without(self._chat.feed(data))

    def close(self) -> list[LLMEvent]:
        return self.whole(self._chat.close())

    def whole(self, events: list[LLMEvent]) -> list[LLMEvent]:
        """All that is left of a stream, or the events of a whole answer, without marks."""
        return [*self._without(events), *self._rest()]

    def _without(self, events: list[LLMEvent]) -> list[LLMEvent]:
        return [each for event in events for each in self._cut(event)]

    def _cut(self, event: LLMEvent) -> list[LLMEvent]:
        if isinstance(event, Text):
            if event.choice not in self._choices:
                self._choices[event.choice] = _Choice(event.choice)
            return list(self._choices[event.choice].feed(event.text))
        if isinstance(event, Finish) and event.choice in self._choices:
            return [*self._choices[event.choice].rest(), event]
        return [*self._rest(), event] if isinstance(event, Failure) else [event]

    def _rest(self) -> list[LLMEvent]:
        return [event for choice in self._choices.values() for event in choice.rest()]
