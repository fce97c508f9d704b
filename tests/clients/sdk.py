"""The real `openai` SDK, synchronous and asynchronous, behind one way of asking.

An answer is written down as data, so that one through the platform can be compared with one that
came straight from the endpoint.
"""

import asyncio
import ssl
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import openai

HELLO = [{"role": "user", "content": "Hi"}]


@dataclass
class Answer:
    """What a call gave: whole answers or chunks, and the error it ended in."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    error: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        choices = [choice for part in self.parts for choice in part["choices"]]
        return "".join(choice["delta"].get("content") or "" for choice in choices)

    @property
    def usage(self) -> list[dict[str, Any]]:
        return [part["usage"] for part in self.parts if part.get("usage")]


def described(error: openai.OpenAIError) -> dict[str, Any]:
    """What a program sees of an SDK's error."""
    seen: dict[str, Any] = {"class": type(error).__name__}
    for name in ("status_code", "code", "param", "type", "body", "message"):
        seen[name] = getattr(error, name, None)
    return seen


class Calls(ABC):
    """Calls with one kind of client. Retries are off unless asked for."""

    def __init__(self, ca_file: str) -> None:
        self.ca = ssl.create_default_context(cafile=ca_file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        return None

    @abstractmethod
    def ask(
        self, base_url: str, key: str, *, retries: int = 0, take: int = -1, **body: Any
    ) -> Answer:
        """One chat completion; of a stream only `take` chunks are read, if that is not -1."""

    @abstractmethod
    def models(self, base_url: str, key: str) -> list[dict[str, Any]]: ...


class SyncSDK(Calls):
    def _client(self, base_url: str, key: str, retries: int) -> openai.OpenAI:
        http = openai.DefaultHttpxClient(verify=self.ca, trust_env=False)
        return openai.OpenAI(base_url=base_url, api_key=key, max_retries=retries, http_client=http)

    def ask(
        self, base_url: str, key: str, *, retries: int = 0, take: int = -1, **body: Any
    ) -> Answer:
        answer = Answer()
        with self._client(base_url, key, retries) as client:
            try:
                made = client.chat.completions.create(**{"model": "m", "messages": HELLO, **body})
                if not body.get("stream"):
                    answer.parts.append(made.model_dump())
                    return answer
                with made as stream:
                    for chunk in stream:
                        answer.parts.append(chunk.model_dump())
                        if len(answer.parts) == take:
                            break
            except openai.OpenAIError as error:
                answer.error = described(error)
        return answer

    def models(self, base_url: str, key: str) -> list[dict[str, Any]]:
        with self._client(base_url, key, 0) as client:
            return [model.model_dump() for model in client.models.list()]


class AsyncSDK(Calls):
    """Each call runs on an event loop of its own, as in a program that is done after it."""

    def _client(self, base_url: str, key: str, retries: int) -> openai.AsyncOpenAI:
        http = openai.DefaultAsyncHttpxClient(verify=self.ca, trust_env=False)
        return openai.AsyncOpenAI(
            base_url=base_url, api_key=key, max_retries=retries, http_client=http
        )

    def ask(
        self, base_url: str, key: str, *, retries: int = 0, take: int = -1, **body: Any
    ) -> Answer:
        return asyncio.run(self._ask(base_url, key, retries, take, body))

    async def _ask(
        self, base_url: str, key: str, retries: int, take: int, body: dict[str, Any]
    ) -> Answer:
        answer = Answer()
        async with self._client(base_url, key, retries) as client:
            try:
                asked = {"model": "m", "messages": HELLO, **body}
                made = await client.chat.completions.create(**asked)
                if not body.get("stream"):
                    answer.parts.append(made.model_dump())
                    return answer
                async with made as stream:
                    async for chunk in stream:
                        answer.parts.append(chunk.model_dump())
                        if len(answer.parts) == take:
                            break
            except openai.OpenAIError as error:
                answer.error = described(error)
        return answer

    def models(self, base_url: str, key: str) -> list[dict[str, Any]]:
        return asyncio.run(self._models(base_url, key))

    async def _models(self, base_url: str, key: str) -> list[dict[str, Any]]:
        async with self._client(base_url, key, 0) as client:
            return [model.model_dump() async for model in client.models.list()]
