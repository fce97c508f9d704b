"""The real `anthropic` SDK, synchronous and asynchronous, behind one way of asking.

An answer is written down as data: the message that the SDK put together, or the error it raised.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from typing import Any

import anthropic

HELLO = [{"role": "user", "content": "Hi"}]


@dataclass
class Answer:
    """`events`: the kinds of the stream's events as the SDK gave them."""

    message: dict[str, Any] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    error: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        return "".join(block.get("text", "") for block in self.message["content"])

    @property
    def tools(self) -> list[tuple[str, str, Any]]:
        return [
            (block["id"], block["name"], block["input"])
            for block in self.message["content"]
            if block["type"] == "tool_use"
        ]


def _described(error: anthropic.AnthropicError) -> dict[str, Any]:
    seen: dict[str, Any] = {"class": type(error).__name__}
    for name in ("status_code", "type", "api_message", "error_code"):
        seen[name] = getattr(error, name, None)
    return seen


def ask(
    base_url: str, key: str, ca_file: str, *, stream: bool, take: int = -1, **body: Any
) -> Answer:
    """One message by the synchronous client, without retries; of a stream only `take` events are
    read, if that is not -1.
    """
    answer = Answer()
    http = anthropic.DefaultHttpxClient(
        verify=ssl.create_default_context(cafile=ca_file), trust_env=False
    )
    asked = {"model": "m", "max_tokens": 50, "messages": HELLO, **body}
    with anthropic.Anthropic(
        base_url=base_url, api_key=key, max_retries=0, http_client=http
    ) as client:
        try:
            if not stream:
                answer.message = client.messages.create(**asked).to_dict()
                return answer
            with client.messages.stream(**asked) as events:
                for event in events:
                    answer.events.append(event.type)
                    if len(answer.events) == take:
                        return answer
                answer.message = events.get_final_message().to_dict()
        except anthropic.AnthropicError as error:
            answer.error = _described(error)
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
    http = anthropic.DefaultAsyncHttpxClient(
        verify=ssl.create_default_context(cafile=ca_file), trust_env=False
    )
    asked = {"model": "m", "max_tokens": 50, "messages": HELLO, **body}
    async with anthropic.AsyncAnthropic(
        base_url=base_url, api_key=key, max_retries=0, http_client=http
    ) as client:
        try:
            if not stream:
                answer.message = (await client.messages.create(**asked)).to_dict()
                return answer
            async with client.messages.stream(**asked) as events:
                async for event in events:
                    answer.events.append(event.type)
                    if len(answer.events) == take:
                        return answer
                answer.message = (await events.get_final_message()).to_dict()
        except anthropic.AnthropicError as error:
            answer.error = _described(error)
    return answer
