"""Anthropic's Messages API: what Claude and the servers that imitate it speak.

The format's own page is docs/formats/anthropic-messages.md.
"""

from collections.abc import Mapping
from typing import Any

from wire.anthropic import bodies, conversations, errors, replies, requests
from wire.anthropic.reader import MessagesReader
from wire.anthropic.writer import MessagesWriter, write_answer
from wire.capabilities import LLMCapabilities
from wire.llm.base import LLMReader, LLMRequest, LLMWriter, Manner, Stamp
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

    read_request = staticmethod(requests.read_request)
    write_request = staticmethod(requests.write_request)
    prompt_bytes = staticmethod(requests.prompt_bytes)
    write_error = staticmethod(errors.write_error)
    write_stream_error = staticmethod(errors.write_stream_error)
    read_conversation = staticmethod(conversations.read_conversation)
    write_answer = staticmethod(write_answer)
    write_conversation = staticmethod(bodies.write_conversation)
    read_answer = staticmethod(replies.read_answer)
    read_error = staticmethod(errors.read_error)

    def writer(self, request: LLMRequest, stamp: Stamp) -> LLMWriter:
        return MessagesWriter(request, stamp)

    def reader(self, settings: Mapping[str, Any]) -> LLMReader:
        return MessagesReader()

    def reply_as_stream(self, body: bytes, request: LLMRequest) -> bytes:
        return replies.reply_as_stream(body)
