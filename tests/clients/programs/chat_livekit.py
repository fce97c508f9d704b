"""`livekit-plugins-openai`: its LLM, as LiveKit's agents use it."""

import json
from typing import Any

from lines import Answer, Job, described, made, serve
from livekit.agents import APIConnectionError, APIConnectOptions, APIError
from livekit.agents.llm import (
    ChatContext,
    FunctionCall,
    FunctionCallOutput,
    function_tool,
)

ONCE = APIConnectOptions(max_retry=0, timeout=10)


@function_tool
async def weather(city: str) -> str:
    """The weather in a city."""
    return "sun"


def context(scene: str) -> ChatContext:
    made = ChatContext.empty()
    if scene == "text":
        made.add_message(role="system", content="Be brief.")
    made.add_message(role="user", content="Hi")
    if scene == "result":
        made.insert(FunctionCall(call_id="t1", name="weather", arguments='{"city":"Oslo"}'))
        made.insert(FunctionCallOutput(call_id="t1", name="weather", output="sun", is_error=False))
    return made


async def ask(job: Job) -> Answer:
    answer: Answer = {"pieces": [], "tools": [], "usage": None}
    tools: list[Any] = [] if job["scene"] == "text" else [weather]
    async with made(job, "llm") as llm:
        try:
            asked = llm.chat(chat_ctx=context(job["scene"]), tools=tools, conn_options=ONCE)
            async with asked as stream:
                async for chunk in stream:
                    note(answer, chunk)
                    if job["how"] == "cancel" and answer["pieces"]:
                        break
        except APIError as error:
            cause = error.__cause__ if isinstance(error, APIConnectionError) else None
            answer["error"] = described(cause if isinstance(cause, Exception) else error)
    return {**answer, "text": "".join(answer["pieces"])}


def note(answer: Answer, chunk: Any) -> None:
    if chunk.usage:
        usage = chunk.usage
        counts = (usage.prompt_tokens, usage.completion_tokens, usage.prompt_cached_tokens)
        answer["usage"] = dict(zip(("input", "output", "cached"), counts, strict=True))
    if chunk.delta is None:
        return
    if chunk.delta.content:
        answer["pieces"].append(chunk.delta.content)
    for call in chunk.delta.tool_calls:
        answer["tools"].append([call.call_id, call.name, json.loads(call.arguments)])


if __name__ == "__main__":
    serve(ask)
