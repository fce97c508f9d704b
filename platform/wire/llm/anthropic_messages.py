"""Anthropic's Messages API: what Claude and the servers that imitate it speak.

The format's own page is docs/formats/anthropic-messages.md.
"""

from collections.abc import Mapping
from typing import Any

from wire.anthropic import bodies, conversations, errors, replies, requests, writer
from wire.anthropic.reader import MessagesReader
from wire.capabilities import LLMCapabilities
from wire.conversation import Conversation
from wire.events import Failure, LLMEvent
from wire.llm.base import LLMAnswer, LLMReader, LLMRequest, LLMWriter, Manner, Stamp
from wire.llm.metered import MeteredFormat


class AnthropicMessages(MeteredFormat):
    name = requests.NAME
    label = "Anthropic Messages"
    hosted = ""
    paths = ("/v1/messages",)
    settings = requests.SETTINGS
    capabilities = LLMCapabilities(
        top_k=True,
        thinking=True,
        tool_errors=True,
        cache_marks=True,
        signatures=True,
        stop_sequence=True,
    )
    headers = (("anthropic-version", "2023-06-01"),)
    end_mark = b"message_stop"
    manner = Manner(
        path="/v1/messages",
        text="a `text_delta`",
        finish='a `message_delta` event with {"delta":{"stop_reason":"end_turn"}}',
        end="event: message_stop",
        usage='`usage` in `message_start` ({"input_tokens":…}) and in `message_delta`'
        ' ({"output_tokens":…})',
        whole="message",
    )

    def read_request(self, body: bytes, *, always_stream: bool = False) -> LLMRequest:
        return requests.read_request(body, always_stream=always_stream)

    def write_request(
        self, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> bytes:
        return requests.write_request(request, model=model, settings=settings)

    def prompt_bytes(self, request: LLMRequest) -> int:
        return requests.prompt_bytes(request)

    def reply_as_stream(self, body: bytes, request: LLMRequest) -> bytes:
        return replies.reply_as_stream(body)

    def write_error(
        self, *, status: int, code: str, message: str, param: str | None = None
    ) -> bytes:
        return errors.write_error(status=status, code=code, message=message, param=param)

    def write_stream_error(self, *, code: str, message: str) -> bytes:
        return errors.write_stream_error(code=code, message=message)

    def read_conversation(self, request: LLMRequest) -> Conversation:
        return conversations.read_conversation(request)

    def writer(self, request: LLMRequest, stamp: Stamp) -> LLMWriter:
        return writer.MessagesWriter(request, stamp)

    def write_answer(self, answer: LLMAnswer, request: LLMRequest, stamp: Stamp) -> bytes:
        return writer.write_answer(answer, request, stamp)

    def write_conversation(
        self, conversation: Conversation, *, model: str, settings: Mapping[str, Any]
    ) -> bytes:
        return bodies.write_conversation(conversation, model=model, settings=settings)

    def reader(self, settings: Mapping[str, Any]) -> LLMReader:
        return MessagesReader()

    def read_answer(self, body: bytes) -> list[LLMEvent]:
        return replies.read_answer(body)

    def read_error(self, body: bytes) -> Failure:
        return errors.read_error(body)
