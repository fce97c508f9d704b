"""Retell's custom LLM WebSocket: a socket for each call, a request for each turn.

The format's own page is docs/formats/retell-llm.md.
"""

from collections.abc import Mapping
from typing import Any

from wire.aim import Aim
from wire.capabilities import LLMCapabilities
from wire.dialogue import Dialogue
from wire.events import LLMEvent
from wire.llm.base import LLMEgress, LLMReader, LLMRequest, LLMWriter, Manner, Stamp
from wire.llm.turns import TurnFormat, TurnSession, TurnTap
from wire.openai.errors import read_error
from wire.retell import bodies, conversations, errors, reader, requests
from wire.retell.dialogue import RetellDialogue
from wire.retell.session import RetellSession
from wire.retell.tap import RetellTap
from wire.retell.writer import TurnWriter, write_answer


class RetellLLM(TurnFormat, LLMEgress):
    name = requests.NAME
    label = "Retell custom LLM"
    hosted = "/llm-websocket"
    call_paths = ("/llm-websocket",)
    scheme = "wss"
    settings = reader.SETTINGS
    knows_calls = True
    capabilities = LLMCapabilities(
        system=False,
        sampling=False,
        tools=False,
        images=False,
        usage=False,
        reasoning=False,
        stop=False,
        ends=False,
        errors=False,
    )
    end_mark = b"true"  # of `"content_complete": true`, with a space or without
    manner = Manner(
        path="/llm-websocket",
        called="`/` and the id of the call are put behind it",
        text="`content` of a `response`",
        finish='a `response` with the `response_id` that was asked for and "content_complete":true',
        end="",
        usage="",
        whole="response",
    )

    read_request = staticmethod(requests.read_request)
    prompt_bytes = staticmethod(requests.prompt_bytes)
    write_error = staticmethod(errors.write_error)
    read_conversation = staticmethod(conversations.read_conversation)
    write_answer = staticmethod(write_answer)
    write_conversation = staticmethod(bodies.write_conversation)
    read_error = staticmethod(read_error)

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self._settings = settings or {}

    def configured(self, settings: Mapping[str, Any]) -> LLMEgress:
        return RetellLLM(settings)

    def session(self, call: str) -> TurnSession:
        return RetellSession(call)

    def writer(self, request: LLMRequest, stamp: Stamp) -> LLMWriter:
        return TurnWriter(request)

    def url(
        self, target: str, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> str:
        """Raises `InvalidRequest` for a call that cannot be named in a URL."""
        return self.aim(request.session or "").at(target)

    def aim(self, call: str) -> Aim:
        return Aim(path=(call,))

    def tap(self) -> TurnTap:
        return RetellTap()

    def dialogue(self, body: bytes) -> Dialogue:
        return RetellDialogue(body)

    def reader(self, settings: Mapping[str, Any]) -> LLMReader:
        return reader.TurnReader(settings)

    def read_answer(self, body: bytes) -> list[LLMEvent]:
        return reader.read_answer(body, self._settings)
