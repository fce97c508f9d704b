"""OpenAI Chat Completions: what most voice platforms and most LLM servers speak.

The format's own page is docs/formats/openai-chat.md.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from wire.events import LLMCapabilities
from wire.llm.base import LLMFormat, LLMReader, LLMRelay, LLMRequest, LLMTally
from wire.openai import errors, replies, requests
from wire.openai.models import write_models
from wire.openai.reader import ChatReader
from wire.openai.relay import ChatRelay


class OpenAIChat(LLMFormat):
    name = "openai-chat"
    label = "OpenAI Chat Completions"
    hosted = "/v1"
    paths = (
        "/chat/completions",
        "/v1/chat/completions",
        "/chat/completions/chat/completions",
        "/v1/chat/completions/chat/completions",
    )
    streaming_paths = ("/chat/completions/stream", "/v1/chat/completions/stream")
    capabilities = LLMCapabilities()
    settings = requests.SETTINGS

    def read_request(self, body: bytes, *, always_stream: bool = False) -> LLMRequest:
        return requests.read_request(body, always_stream=always_stream)

    def write_request(
        self, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> bytes:
        return requests.write_request(request, model=model, settings=settings)

    def prompt_bytes(self, request: LLMRequest) -> int:
        return requests.prompt_bytes(request)

    def relay(self, request: LLMRequest, settings: Mapping[str, Any]) -> LLMRelay:
        return ChatRelay(withhold=requests.asks_for_usage(request, settings))

    def reader(self, settings: Mapping[str, Any]) -> LLMReader:
        return ChatReader()

    def is_stream(self, content_type: str, start: bytes) -> bool | None:
        return replies.is_stream(content_type, start)

    def read_reply(self, body: bytes) -> LLMTally:
        return replies.read_reply(body)

    def reply_as_stream(self, body: bytes, request: LLMRequest) -> bytes:
        return replies.reply_as_stream(body, asked_usage=request.asked_usage)

    def write_error(
        self, *, status: int, code: str, message: str, param: str | None = None
    ) -> bytes:
        return errors.write_error(status=status, code=code, message=message, param=param)

    def write_stream_error(self, *, code: str, message: str) -> bytes:
        return errors.write_stream_error(code=code, message=message)

    def models_list(self, names: Iterable[str]) -> bytes:
        """The body for `GET /v1/models`."""
        return write_models(names)
