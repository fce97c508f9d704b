"""OpenAI Chat Completions: what most voice platforms and most LLM servers speak.

The format's own page is docs/formats/openai-chat.md.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from wire.capabilities import LLMCapabilities
from wire.conversation import Conversation
from wire.events import Failure, LLMEvent
from wire.llm.base import (
    LLMAnswer,
    LLMFormat,
    LLMReader,
    LLMRelay,
    LLMRequest,
    LLMTally,
    LLMWriter,
    Manner,
    Stamp,
)
from wire.openai import bodies, conversations, errors, replies, requests, writer
from wire.openai.models import write_models
from wire.openai.reader import ChatReader
from wire.openai.relay import ChatRelay
from wire.openai.tally import DONE


class OpenAIChat(LLMFormat):
    name = requests.NAME
    label = "OpenAI Chat Completions"
    hosted = "/v1"
    paths = (
        "/chat/completions",
        "/v1/chat/completions",
        "/chat/completions/chat/completions",
        "/v1/chat/completions/chat/completions",
    )
    streaming_paths = ("/chat/completions/stream", "/v1/chat/completions/stream")
    settings = requests.SETTINGS
    capabilities = LLMCapabilities(
        choices=True, answer_format=True, logprobs=True, penalties=True, effort=True
    )
    end_mark = DONE
    manner = Manner(
        path="/v1/chat/completions",
        text="`choices[0].delta.content`",
        finish='{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
        end="data: [DONE]",
        usage="one more chunk before `data: [DONE]` when the request says"
        ' `stream_options.include_usage`: {"choices":[],"usage":{"prompt_tokens":…,'
        '"completion_tokens":…,"total_tokens":…}}',
        whole="chat.completion",
    )

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

    def read_conversation(self, request: LLMRequest) -> Conversation:
        return conversations.read_conversation(request)

    def writer(self, request: LLMRequest, stamp: Stamp) -> LLMWriter:
        return writer.ChatWriter(request, stamp)

    def write_answer(self, answer: LLMAnswer, request: LLMRequest, stamp: Stamp) -> bytes:
        return writer.write_answer(answer, request, stamp)

    def write_conversation(
        self, conversation: Conversation, *, model: str, settings: Mapping[str, Any]
    ) -> bytes:
        return bodies.write_conversation(conversation, model=model, settings=settings)

    def read_answer(self, body: bytes) -> list[LLMEvent]:
        return replies.read_answer(body)

    def read_error(self, body: bytes) -> Failure:
        return errors.read_error(body)

    def models_list(self, names: Iterable[str]) -> bytes:
        """The body for `GET /v1/models`."""
        return write_models(names)
