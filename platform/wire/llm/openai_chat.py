"""OpenAI Chat Completions: what most voice platforms and most LLM servers speak.

The format's own page is docs/formats/openai-chat.md.
"""

from collections.abc import Mapping
from typing import Any

from wire.capabilities import LLMCapabilities
from wire.llm.base import (
    LLMFormat,
    LLMReader,
    LLMRelay,
    LLMRequest,
    LLMWriter,
    Manner,
    Stamp,
)
from wire.openai import bodies, conversations, errors, replies, requests
from wire.openai.reader import ChatReader
from wire.openai.relay import ChatRelay
from wire.openai.tally import DONE
from wire.openai.writer import ChatWriter, write_answer


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

    read_request = staticmethod(requests.read_request)
    write_request = staticmethod(requests.write_request)
    prompt_bytes = staticmethod(requests.prompt_bytes)
    read_reply = staticmethod(replies.read_reply)
    write_error = staticmethod(errors.write_error)
    write_stream_error = staticmethod(errors.write_stream_error)
    read_conversation = staticmethod(conversations.read_conversation)
    write_answer = staticmethod(write_answer)
    write_conversation = staticmethod(bodies.write_conversation)
    read_answer = staticmethod(replies.read_answer)
    read_error = staticmethod(errors.read_error)

    def relay(self, request: LLMRequest, settings: Mapping[str, Any]) -> LLMRelay:
        return ChatRelay(withhold=requests.asks_for_usage(request, settings))

    def reply_as_stream(self, body: bytes, request: LLMRequest) -> bytes:
        return replies.reply_as_stream(body, asked_usage=request.asked_usage)

    def writer(self, request: LLMRequest, stamp: Stamp) -> LLMWriter:
        return ChatWriter(request, stamp)

    def reader(self, settings: Mapping[str, Any]) -> LLMReader:
        return ChatReader()
