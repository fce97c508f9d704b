"""The pump of a session whose sides speak different formats."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence

from dispatch.transcriber import TranscriberTally
from egress.frames import NO_CODE, Frame
from egress.gathering import Gatherer, TooLong
from egress.link import End, Link
from gateway.junction import GOING_AWAY, CallerEnd, Junction, Verdict
from wire.errors import InvalidRequest
from wire.events import CallerWord, TranscriberEvent, TranscriberFailure
from wire.transcriber.base import Message
from wire.transcriber.translation import Translation

ANSWER_SECONDS = 1.5  # how long an endpoint may think about whether anything is left to be final
LINGER_SECONDS = 3.0  # for the last final of a session that is to be closed
CLOSING_SECONDS = 5.0  # for the endpoint to close once it was asked to
KEEP_ALIVE_SECONDS = 4.0

_CLEAN = (1000, GOING_AWAY, NO_CODE)
_FAILED = Verdict("upstream_error", "upstream_error", "The endpoint sent an error in its session.")


class Interpreter(Junction[TranscriberTally]):
    """A `Junction` that reads every message and writes it anew, in the step in which it comes.

    What is held is one unfinished text message of each side, and what the translation bounds.
    """

    __slots__ = ("_closing", "_from_caller", "_from_endpoint", "_keeper", "_parting", "_sent_at",
                 "_timer", "_translation")  # fmt: skip

    def __init__(
        self, upstream: Link, tally: TranscriberTally, idle_seconds: float, translation: Translation
    ) -> None:
        super().__init__(upstream, tally, idle_seconds)
        self._translation = translation
        self._from_caller = Gatherer()
        self._from_endpoint = Gatherer()
        self._closing = False  # the caller asked for the end
        self._parting = False  # the endpoint was asked for it
        self._timer: asyncio.TimerHandle | None = None
        self._keeper: asyncio.TimerHandle | None = None
        self._sent_at = self._loop.time()
        if translation.endpoint.keep_alive:
            self._keep_alive()

    def joins(self, caller: CallerEnd) -> None:
        super().joins(caller)
        self._send(self._translation.greet())

    @property
    def leaving(self) -> bool:
        return super().leaving or self._translation.absent

    def part(self) -> None:
        for timer in (self._timer, self._keeper):
            if timer is not None:
                timer.cancel()
        super().part()

    # -- for the links

    def took(self, link: Link, frame: Frame) -> None:
        if self.over.done():
            return
        now = time.time()
        if link is self._upstream:
            self._take_from_endpoint(frame, now)
        else:
            self._take_from_caller(frame, now)
        self._moved_at = moved = time.perf_counter()
        self.delays.add(moved - link.arrived)

    # -- from the caller

    def _take_from_caller(self, frame: Frame, now: float) -> None:
        self._tally.counts(frame, now)
        try:
            text = self._from_caller.take(frame)
            if text is not None:
                self._read(text, now)
            elif not self._from_caller.is_text:
                self._hear(frame, now)
        except TooLong:
            self._fail("invalid_request", "A text message is too long.")
        except InvalidRequest as error:
            self._fail("invalid_request", error.message)

    def _read(self, text: bytes, now: float) -> None:
        words = self._translation.read(text)
        if self._translation.absent and not self._closing:
            self._close()
        self._send(self._translation.greet())
        self._obey(words, now)

    def _hear(self, frame: Frame, now: float) -> None:
        if not frame.payload and self._translation.caller.empty_closes:
            self._obey(("finalize", "close"), now)
        elif not self._closing:
            self._send(self._translation.audio(frame.payload, last=frame.final))

    def _obey(self, words: Sequence[CallerWord] | None, now: float) -> None:
        self._tally.asked(words, now)
        for word in words or ():
            if self._closing:
                return
            if word == "finalize":
                self._send(self._translation.finalize())
                self._set_timer(ANSWER_SECONDS, self._unanswered)
            else:
                self._close()

    def _send(self, messages: Iterable[Message]) -> None:
        for message in messages:
            put = self._upstream.put_text if message.is_text else self._upstream.put_bytes
            put(message.data)
            self._sent_at = self._loop.time()

    # -- from the endpoint

    def _take_from_endpoint(self, frame: Frame, now: float) -> None:
        try:
            text = self._from_endpoint.take(frame)
        except TooLong:
            self._fail("upstream_bad_response", "A message of the endpoint's is too long.")
            return
        if text is not None:
            self._tell(self._translation.hear(text), now)
        elif frame.final:
            self._tally.said(None, now)
        if self._closing and not self._translation.utterances.awaited:
            self._ask_to_part()

    def _tell(self, events: Sequence[TranscriberEvent] | None, now: float) -> None:
        self._tally.said(events, now)
        if events:
            self._write(self._translation.tell(events))
            if not self._translation.caller.says_errors:
                self._end_of(events)

    def _write(self, texts: Iterable[bytes]) -> None:
        for text in texts:
            if self._caller is not None:
                self._caller.put_text(text)
                self._tally.told(text)

    def _end_of(self, events: Sequence[TranscriberEvent]) -> None:
        """An error is told by the close where there is no message for it."""
        failures = [event for event in events if isinstance(event, TranscriberFailure)]
        if failures and self._caller is not None:
            self._caller.close(1011, failures[0].message)
            self._settle(_FAILED)

    # -- finals and the end

    def _set_timer(self, seconds: float, call: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, call)

    def _unanswered(self) -> None:
        """Some endpoints say nothing when nothing is left to be final; their caller waits."""
        utterances = self._translation.utterances
        if self._closing:
            self._ask_to_part()
        elif utterances.awaited and not utterances.pending:
            self._tell(utterances.give_up(), time.time())

    def _close(self) -> None:
        """At once, unless a final is owed that the endpoint would not give on its way out."""
        self._closing = True
        if self._translation.utterances.awaited and not self._translation.endpoint.flushes:
            pending = self._translation.utterances.pending
            self._set_timer(LINGER_SECONDS if pending else ANSWER_SECONDS, self._unanswered)
        else:
            self._ask_to_part()

    def _ask_to_part(self) -> None:
        if self._parting:
            return
        self._parting = True
        self._send(self._translation.close())
        if self._translation.endpoint.closes:
            self._set_timer(CLOSING_SECONDS, self._part_unasked)
        else:
            self._part_unasked()

    def _part_unasked(self) -> None:
        """The link waits for the endpoint's word, not for long."""
        self._upstream.close(1000)

    def _caller_ended(self, end: End) -> None:
        if end.how == "closed" and not self._parting:
            self._parting = True
            self._send(self._translation.close())
        super()._caller_ended(end)

    def _upstream_ended(self, end: End) -> None:
        if not self.over.done():
            self._last_words(end)
        super()._upstream_ended(end)

    def _last_words(self, end: End) -> None:
        now = time.time()
        self._tell(self._translation.ended(), now)
        if self._tally.failed:
            return
        own = self._caller_end is None  # else it says the caller's code again
        if own and end.how == "closed" and end.code not in _CLEAN:
            said = end.reason or f"The endpoint closed the session with code {end.code}."
            self._tell((TranscriberFailure(said),), now)
        elif end.how == "closed" or self._tally.close_asked:
            self._write(self._translation.bye())

    # -- silence

    def _keep_alive(self) -> None:
        if self._parting:
            return
        left = self._sent_at + KEEP_ALIVE_SECONDS - self._loop.time()
        if left <= 0:
            self._send((Message(self._translation.endpoint.keep_alive, is_text=True),))
            left = KEEP_ALIVE_SECONDS
        self._keeper = self._loop.call_later(left, self._keep_alive)
