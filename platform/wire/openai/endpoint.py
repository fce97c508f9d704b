"""The endpoint's side of whatever is Chat Completions on the wire, under whichever name."""

from collections.abc import Mapping
from typing import Any

from wire.capabilities import LLMCapabilities
from wire.llm.base import LLMReader, LLMRelay, LLMRequest, Manner, PassThrough
from wire.openai import bodies, errors, replies, requests
from wire.openai.reader import ChatReader
from wire.openai.relay import ChatRelay
from wire.openai.tally import DONE

CHAT = Manner(
    path="/v1/chat/completions",
    text="`choices[0].delta.content`",
    finish='{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
    end="data: [DONE]",
    usage="one more chunk before `data: [DONE]` when the request says"
    ' `stream_options.include_usage`: {"choices":[],"usage":{"prompt_tokens":…,'
    '"completion_tokens":…,"total_tokens":…}}',
    whole="chat.completion",
)


class ChatEndpoint(PassThrough):
    """Bytes of callers that speak `openai-chat` pass through it unchanged, and back."""

    shape = requests.NAME
    settings = requests.SETTINGS
    capabilities = LLMCapabilities(
        choices=True, answer_format=True, logprobs=True, penalties=True, effort=True
    )
    end_mark = DONE
    manner = CHAT

    write_request = staticmethod(requests.write_request)
    read_reply = staticmethod(replies.read_reply)
    write_conversation = staticmethod(bodies.write_conversation)
    read_answer = staticmethod(replies.read_answer)
    read_error = staticmethod(errors.read_error)

    def relay(self, request: LLMRequest, settings: Mapping[str, Any]) -> LLMRelay:
        return ChatRelay(withhold=requests.asks_for_usage(request, settings))

    def reply_as_stream(self, body: bytes, request: LLMRequest) -> bytes:
        return replies.reply_as_stream(body, asked_usage=request.asked_usage)

    def reader(self, settings: Mapping[str, Any]) -> LLMReader:
        return ChatReader()
