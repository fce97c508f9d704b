"""Gemini's own API: what Google's models speak, at AI Studio and on Vertex AI.

Only endpoints speak it. The format's own page is docs/formats/gemini.md.
"""

from collections.abc import Mapping
from typing import Any

from wire.capabilities import LLMCapabilities
from wire.gemini import bodies, replies, urls
from wire.gemini.reader import GeminiReader
from wire.llm.base import LLMEgress, LLMReader, LLMRequest, Manner


class Gemini(LLMEgress):
    name = "gemini"
    label = "Gemini"
    settings = bodies.SETTINGS
    capabilities = LLMCapabilities(tool_errors=True, answer_format=True)
    end_mark = b'"finishReason"'
    ends_with_connection = True
    manner = Manner(
        path="/v1beta, /v1beta/models/MODEL or /v1beta/models/MODEL:generateContent",
        called="`/models/`, the model and the method are put behind it, unless it has them",
        text="`candidates[0].content.parts[0].text`",
        finish='"finishReason":"STOP" in the last event\'s candidate',
        end="",
        usage='`usageMetadata` ({"promptTokenCount":…,"candidatesTokenCount":…}) in the last event',
        whole="GenerateContentResponse",
    )

    write_conversation = staticmethod(bodies.write_conversation)
    read_answer = staticmethod(replies.read_answer)
    read_error = staticmethod(replies.read_error)

    def url(
        self, target: str, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> str:
        return urls.url(target, model=model, asked=request.model, stream=request.stream)

    def reader(self, settings: Mapping[str, Any]) -> LLMReader:
        return GeminiReader()
