"""Servers made for Vapi's «custom LLM»: OpenAI's bytes, with what Vapi says of its call.

Only endpoints speak it: Vapi itself is a caller of `openai-chat`. The format's own page is
docs/formats/vapi-llm.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wire.events import LLMEvent
from wire.llm.base import LLMReader, LLMRequest
from wire.openai import replies
from wire.openai.endpoint import CHAT, ChatEndpoint
from wire.vapi import requests, urls
from wire.vapi.reader import VapiReader


class VapiLLM(ChatEndpoint):
    name = "vapi-llm"
    label = "Vapi custom LLM"
    settings = requests.SETTINGS
    manner = replace(
        CHAT,
        path="/chat/completions",
        called="`/chat/completions` is put behind it, unless it ends so",
    )

    write_request = staticmethod(requests.write_request)

    def url(
        self, target: str, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> str:
        return urls.url(target)

    def reader(self, settings: Mapping[str, Any]) -> LLMReader:
        return VapiReader()

    def read_answer(self, body: bytes) -> list[LLMEvent]:
        return VapiReader().whole(replies.read_answer(body))
