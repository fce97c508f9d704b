"""The voice road over sockets: text comes as it is made, and its sound goes back."""

import asyncio
from collections import deque
from collections.abc import Sequence

from dispatch.endpoint import EndpointSnapshot
from dispatch.sending import Address
from dispatch.speech import SpeechTally
from egress.link import Link
from gateway.errors import Refused
from gateway.exchange import Exchange
from gateway.junction import Junction
from gateway.live import Reason
from gateway.session import SessionDispatch, query_of
from gateway.standing import IDLE_SECONDS, SESSION_SECONDS, TOO_BIG, StandingCall
from gateway.utterance import Utterance
from tenants.selectors import Caller
from usage.records import Final
from wire.errors import InvalidRequest
from wire.registry import hosted_format
from wire.voice.speech import SpeechFormat, SpeechSession

MOST_WAITING = 64 * 1024  # characters; an hour of speech
SHORTEST = 64  # characters that a shorter text counts as, for each is a dispatch
DONE = 1000


async def dispatch(exchange: Exchange) -> None:
    """Steps 1 to 7 of a dispatch (docs/architecture.md): for the whole session where the endpoint
    speaks the format too, else 4 to 7 for each text of it. Raises `Refused`.
    """
    caller, endpoint = await exchange.identify()
    hops = exchange.count_hops()
    wire = hosted_format("voice", exchange.road.wire_format)
    assert isinstance(wire, SpeechFormat)  # noqa: S101 - its road
    with exchange.gateway.admission.enter(caller.tenant_id, caller.plan):
        given = query_of(exchange)
        if endpoint.wire_format == wire.name:
            await _PassedSpeech(exchange, caller, endpoint, wire, given, hops).run()
            return
        try:
            session = wire.session(given)
        except InvalidRequest as error:
            raise Refused("invalid_request", error.message, param=error.param) from error
        await Speech(exchange, caller, endpoint, hops, wire, session).run()


class _PassedSpeech(SessionDispatch[SpeechTally]):
    """Both sides speak the same format: messages pass as they are."""

    __slots__ = ("given", "wire_format")

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        wire: SpeechFormat,
        given: Sequence[tuple[str, str]],
        hops: int,
    ) -> None:
        super().__init__(exchange, caller, endpoint, SpeechTally(wire.tap()), hops)
        self.given = given
        self.wire_format = wire

    @property
    def address(self) -> Address:
        return self.wire_format.passing_aim(self.given, model=self.endpoint.model).at

    @property
    def seconds(self) -> float:
        """A call's, and no text's, for which the clocks of an endpoint are."""
        return SESSION_SECONDS

    def joint(self, upstream: Link) -> Junction[SpeechTally]:
        return Junction(upstream, self.tally, IDLE_SECONDS)

    def write_error(self, code: str, message: str) -> bytes:
        return self.wire_format.write_socket_error(code=code, message=message)

    def count(self, final: Final) -> None:
        tally = self.tally
        final.bytes_in = tally.bytes_in
        final.characters = tally.characters
        final.audio_ms = tally.audio_ms
        final.details = {**tally.details(), **self.delays()}


class Speech(StandingCall):
    """It is the `Loudspeaker` of its utterances, which are spoken one after the other.

    What waits to be spoken is bounded: more of it ends the session.
    """

    def __init__(
        self,
        exchange: Exchange,
        caller: Caller,
        endpoint: EndpointSnapshot,
        hops: int,
        wire: SpeechFormat,
        session: SpeechSession,
    ) -> None:
        super().__init__(exchange, caller, endpoint, hops)
        self._wire = wire
        self._session = session
        self._texts: deque[str] = deque()
        self._waiting = 0  # characters in `_texts`
        self._speaking = False
        self._utterance: Utterance | None = None

    @property
    def id(self) -> str:
        return self.exchange.own_id

    def opening(self) -> tuple[bytes, ...]:
        return self._session.opening()

    def hear(self, message: bytes) -> None:
        told = self._session.hear(message)
        if told.clear or told.close:
            self.stop("client_gone", cleared=True)
        if told.close:
            self.close(DONE)
        for text in told.texts:
            self._add(text)

    def stop(self, reason: Reason, *, cleared: bool = False) -> None:
        self._texts.clear()
        self._waiting = 0
        utterance, self._utterance = self._utterance, None
        if utterance is not None:
            utterance.cleared = cleared
            utterance.live.end(reason)

    async def play(self, sound: bytes) -> None:
        await self.until_room()
        if self.link is not None:
            self.link.put_bytes(sound)

    def write_error(self, code: str, message: str) -> bytes:
        return self._wire.write_socket_error(code=code, message=message)

    def _add(self, text: str) -> None:
        if self.closing:
            return
        self._waiting += _weight(text)
        self._texts.append(text)
        if self._waiting > MOST_WAITING:
            self.stop("client_gone")
            self.close(TOO_BIG, "request_too_large")
        elif not self._speaking and self.tasks is not None:
            self._speaking = True
            self.tasks.create_task(self._speak(), name="speech")

    async def _speak(self) -> None:
        """Until nothing waits."""
        while self._texts:
            text = self._texts.popleft()
            self._waiting -= _weight(text)
            await self._utter(text)
        self._speaking = False

    async def _utter(self, text: str) -> None:
        exchange, caller = self.exchange_of_one(), self.caller
        try:
            exchange.gateway.admission.count(caller.tenant_id, caller.plan.rate)
            request = self._session.request(text)
            self._utterance = Utterance(exchange, caller, self.endpoint, request, self.hops, self)
            await self._utterance.run()
        except Refused as refusal:
            exchange.log_refusal(refusal)
            self.put(self.write_error(refusal.code, refusal.message))
            await self._breathe()
        finally:
            self._utterance = None

    async def _breathe(self) -> None:
        """What is refused takes no time: others have their turn, and the caller reads why."""
        await asyncio.sleep(0)
        await self.until_room()


def _weight(text: str) -> int:
    return max(len(text), SHORTEST)
