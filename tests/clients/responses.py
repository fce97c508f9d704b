"""`client.responses` of the real `openai` SDK, of both kinds, behind one way of asking.

An answer is written down as data: the response that the SDK put together, or the error it raised.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Any

import openai

from tests.clients.sdk import described


@dataclass
class Answer:
    """`events`: the kinds of the stream's events as the SDK gave them."""

    response: dict[str, Any] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    error: dict[str, Any] | None = None

    def items(self, kind: str) -> list[dict[str, Any]]:
        return [item for item in self.response["output"] if item["type"] == kind]

    @property
    def text(self) -> str:
        parts = [part for item in self.items("message") for part in item["content"]]
        return "".join(part["text"] for part in parts)

    @property
    def tools(self) -> list[tuple[str, str, str]]:
        calls = self.items("function_call")
        return [(call["call_id"], call["name"], call["arguments"]) for call in calls]


def _noted(answer: Answer, event: Any) -> None:
    """The last response is the answer, whichever way it ended."""
    answer.events.append(event.type)
    if event.type in ("response.completed", "response.incomplete"):
        answer.response = event.response.to_dict()


def ask(
    base_url: str, key: str, ca_file: str, *, stream: bool, take: int = -1, **body: Any
) -> Answer:
    """One response by the synchronous client, without retries; of a stream only `take` events are
    read, if that is not -1.
    """
    answer = Answer()
    trusted = ssl.create_default_context(cafile=ca_file)
    http = openai.DefaultHttpxClient(verify=trusted, trust_env=False)
    asked = {"model": "m", "input": "Hi", **body}
    with openai.OpenAI(
        base_url=base_url, api_key=key, max_retries=0, http_client=http
    ) as client:  # fmt: skip
        try:
            if not stream:
                answer.response = client.responses.create(**asked).to_dict()
                return answer
            with client.responses.stream(**asked) as events:
                for event in events:
                    _noted(answer, event)
                    if len(answer.events) == take:
                        break
        except openai.OpenAIError as error:
            answer.error = described(error)
    return answer


def ask_async(
    base_url: str, key: str, ca_file: str, *, stream: bool, take: int = -1, **body: Any
) -> Answer:
    """The same by the asynchronous client, on an event loop of its own."""
    return asyncio.run(_ask(base_url, key, ca_file, stream, take, body))


async def _ask(
    base_url: str, key: str, ca_file: str, stream: bool, take: int, body: dict[str, Any]
) -> Answer:
    answer = Answer()
    trusted = ssl.create_default_context(cafile=ca_file)
    http = openai.DefaultAsyncHttpxClient(verify=trusted, trust_env=False)
    asked = {"model": "m", "input": "Hi", **body}
    async with openai.AsyncOpenAI(
        base_url=base_url, api_key=key, max_retries=0, http_client=http
    ) as client:
        try:
            if not stream:
                answer.response = (await client.responses.create(**asked)).to_dict()
                return answer
            async with client.responses.stream(**asked) as events:
                async for event in events:
                    _noted(answer, event)
                    if len(answer.events) == take:
                        break
        except openai.OpenAIError as error:
            answer.error = described(error)
    return answer
