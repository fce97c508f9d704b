"""Retell's custom LLM WebSocket: a socket for each call, a request for each turn.

The format's own page is docs/formats/retell-llm.md.
"""

from wire.capabilities import LLMCapabilities
from wire.llm.base import LLMRequest, LLMWriter, Stamp
from wire.llm.turns import TurnFormat, TurnSession
from wire.retell import conversations, errors, requests
from wire.retell.session import RetellSession
from wire.retell.writer import TurnWriter, write_answer


class RetellLLM(TurnFormat):
    name = requests.NAME
    label = "Retell custom LLM"
    hosted = "/llm-websocket"
    call_paths = ("/llm-websocket",)
    scheme = "wss"
    for_endpoints = False
    capabilities = LLMCapabilities(
        system=False,
        sampling=False,
        tools=False,
        images=False,
        usage=False,
        reasoning=False,
        stop=False,
    )

    read_request = staticmethod(requests.read_request)
    prompt_bytes = staticmethod(requests.prompt_bytes)
    write_error = staticmethod(errors.write_error)
    read_conversation = staticmethod(conversations.read_conversation)
    write_answer = staticmethod(write_answer)

    def session(self, call: str) -> TurnSession:
        return RetellSession(call)

    def writer(self, request: LLMRequest, stamp: Stamp) -> LLMWriter:
        return TurnWriter(request)
