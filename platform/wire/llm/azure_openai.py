"""Azure OpenAI, by its classic API and by v1: OpenAI's bytes at URLs of Azure's own.

Only endpoints speak it. The format's own page is docs/formats/azure-openai.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wire.azure import urls
from wire.llm.base import LLMRequest
from wire.openai.endpoint import CHAT, ChatEndpoint


class AzureOpenAI(ChatEndpoint):
    name = "azure-openai"
    label = "Azure OpenAI"
    manner = replace(
        CHAT,
        path="/openai/v1/chat/completions, or"
        " /openai/deployments/DEPLOYMENT/chat/completions?api-version=…",
        called="what is missing of such a path is put behind it, with the model as the deployment",
    )

    def url(
        self, target: str, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> str:
        return urls.url(target, model=model, asked=request.model)
