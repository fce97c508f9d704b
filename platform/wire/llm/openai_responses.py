"""OpenAI's Responses API: what its newer SDKs and agents speak, and the servers that follow it.

The format's own page is docs/formats/openai-responses.md.
"""

from collections.abc import Mapping
from typing import Any

from wire.capabilities import LLMCapabilities
from wire.llm.base import LLMFormat, LLMReader, LLMRelay, LLMRequest, LLMWriter, Manner, Stamp
from wire.openai.errors import read_error, write_error
from wire.responses import bodies, conversations, errors, replies, requests
from wire.responses.reader import ResponsesReader
from wire.responses.relay import ResponsesRelay
from wire.responses.writer import ResponsesWriter, write_answer


class OpenAIResponses(LLMFormat):
    name = requests.NAME
    label = "OpenAI Responses"
    hosted = "/v1"
    paths = ("/v1/responses", "/responses")
    settings = requests.SETTINGS
    capabilities = LLMCapabilities(
        stop=False, answer_format=True, effort=True, kept=True, sealed=True
    )
    end_mark = b"complete"  # of `response.completed` and `response.incomplete`
    manner = Manner(
        path="/v1/responses",
        text="`delta` of `response.output_text.delta`",
        finish='a `response.completed` event with the whole {"response":{"status":"completed",…}}',
        end="event: response.completed",
        usage="`usage` in the `response` of `response.completed`:"
        ' {"input_tokens":…,"output_tokens":…,"total_tokens":…}',
        whole="response",
    )

    read_request = staticmethod(requests.read_request)
    write_request = staticmethod(requests.write_request)
    prompt_bytes = staticmethod(requests.prompt_bytes)
    read_reply = staticmethod(replies.read_reply)
    write_error = staticmethod(write_error)
    write_stream_error = staticmethod(errors.write_stream_error)
    read_conversation = staticmethod(conversations.read_conversation)
    write_answer = staticmethod(write_answer)
    write_conversation = staticmethod(bodies.write_conversation)
    read_answer = staticmethod(replies.read_answer)
    read_error = staticmethod(read_error)

    def relay(self, request: LLMRequest, settings: Mapping[str, Any]) -> LLMRelay:
        return ResponsesRelay(self, ResponsesReader())

    def reply_as_stream(self, body: bytes, request: LLMRequest) -> bytes:
        return replies.reply_as_stream(body)

    def writer(self, request: LLMRequest, stamp: Stamp) -> LLMWriter:
        return ResponsesWriter(request, stamp)

    def reader(self, settings: Mapping[str, Any]) -> LLMReader:
        return ResponsesReader()
