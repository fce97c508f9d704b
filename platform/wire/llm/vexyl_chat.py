"""VEXYL's custom LLM: one JSON object in, one out, and the server keeps what was said.

The format's own page is docs/formats/vexyl-chat.md.
"""

from collections.abc import Mapping
from typing import Any

from wire.capabilities import LLMCapabilities
from wire.events import LLMEvent
from wire.llm.base import LLMEgress, LLMReader, LLMRequest, LLMWriter, Manner, Stamp
from wire.llm.metered import MeteredFormat
from wire.openai.errors import read_error
from wire.vexyl import bodies, conversations, errors, replies, requests
from wire.vexyl.reader import WholeReader
from wire.vexyl.writer import ReplyWriter, write_answer


class VexylChat(MeteredFormat):
    name = requests.NAME
    label = "VEXYL chat"
    hosted = "/chat"
    paths = ("/chat",)
    settings = replies.SETTINGS
    spoken_errors = True
    knows_calls = True
    recalls = True
    capabilities = LLMCapabilities(
        streaming=False,
        system=False,
        sampling=False,
        tools=False,
        images=False,
        usage=False,
        reasoning=False,
        stop=False,
        ends=False,
    )
    end_mark = b"}"
    manner = Manner(
        path="/chat",
        text='`response` ({"response":"…"})',
        finish="a whole JSON object",
        end="}",
        usage='`usage` ({"promptTokens":…,"completionTokens":…})',
        whole='{"response":"…"}',
    )

    read_request = staticmethod(requests.read_request)
    write_request = staticmethod(requests.write_request)
    prompt_bytes = staticmethod(requests.prompt_bytes)
    utterance = staticmethod(requests.utterance)
    recall = staticmethod(requests.recall)
    reply_text = staticmethod(replies.reply_text)
    write_error = staticmethod(errors.write_error)
    write_stream_error = staticmethod(errors.write_stream_error)
    read_conversation = staticmethod(conversations.read_conversation)
    write_answer = staticmethod(write_answer)
    write_conversation = staticmethod(bodies.write_conversation)
    read_error = staticmethod(read_error)

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self._settings = settings or {}

    def configured(self, settings: Mapping[str, Any]) -> LLMEgress:
        return VexylChat(settings)

    @staticmethod
    def is_stream(content_type: str, start: bytes) -> bool | None:
        """Never."""
        return False

    def reply_as_stream(self, body: bytes, request: LLMRequest) -> bytes:
        """Callers of the format know nothing but whole answers."""
        return body

    def read_answer(self, body: bytes) -> list[LLMEvent]:
        return replies.read_answer(body, self._settings)

    def reply_session(self, body: bytes) -> str | None:
        return replies.reply_session(body, self._settings)

    def writer(self, request: LLMRequest, stamp: Stamp) -> LLMWriter:
        return ReplyWriter(request, stamp)

    def reader(self, settings: Mapping[str, Any]) -> LLMReader:
        return WholeReader(self.read_answer)
