"""An endpoint's events as whole utterances, each with one end."""

from collections.abc import Iterable

from wire.events import FinalText, InterimText, TranscriberEvent, UtteranceEnd


class Utterances:
    """`ends`: the endpoint's format says when a speaker has stopped; else an end is made after each
    final. An end that has nothing before it is left out, and so is an empty final that answers
    nobody.

    `awaited`: a final was asked for and has not come. `pending`: text came that is not final.
    """

    __slots__ = ("_ends", "_open", "awaited", "pending")

    def __init__(self, *, ends: bool) -> None:
        self._ends = ends
        self._open = False
        self.awaited = False
        self.pending = False

    def feed(self, events: Iterable[TranscriberEvent]) -> list[TranscriberEvent]:
        told: list[TranscriberEvent] = []
        for event in events:
            if isinstance(event, FinalText):
                told += self._final(event)
            elif isinstance(event, UtteranceEnd):
                told += self._end()
            else:
                if isinstance(event, InterimText) and event.text:
                    self._open = self.pending = True
                told.append(event)
        return told

    def give_up(self) -> list[TranscriberEvent]:
        """The answer to who asked for a final when there is nothing to be final."""
        return self.feed((FinalText(""), UtteranceEnd()))

    def _final(self, event: FinalText) -> list[TranscriberEvent]:
        if not (event.text or self.awaited or self.pending):
            return []
        self._open, self.awaited, self.pending = True, False, False
        return [event] if self._ends else [event, *self._end()]

    def _end(self) -> list[TranscriberEvent]:
        if not self._open:
            return []
        self._open = self.pending = False
        return [UtteranceEnd()]
