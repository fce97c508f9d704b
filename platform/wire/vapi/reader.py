"""The stream of a server made for Vapi, read into canonical events."""

from wire.events import Failure, Finish, LLMEvent, Text
from wire.openai.reader import ChatReader
from wire.vapi.flush import FlushCutter


class VapiReader:
    """An `LLMReader`: OpenAI's, without the marks that only Vapi understands."""

    def __init__(self) -> None:
        self._chat = ChatReader()
        self._cutters: dict[int, FlushCutter] = {}

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
            text = self._cutters.setdefault(event.choice, FlushCutter()).feed(event.text)
            return [Text(text, event.choice)] if text else []
        if isinstance(event, Finish) and event.choice in self._cutters:
            return [*self._held(event.choice), event]
        return [*self._rest(), event] if isinstance(event, Failure) else [event]

    def _rest(self) -> list[LLMEvent]:
        return [event for choice in self._cutters for event in self._held(choice)]

    def _held(self, choice: int) -> list[LLMEvent]:
        rest = self._cutters[choice].rest()
        return [Text(rest, choice)] if rest else []
