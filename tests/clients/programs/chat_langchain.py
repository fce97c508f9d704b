"""`langchain-openai`: `ChatOpenAI` in both of its forms, chat completions and responses."""

from typing import Any

import openai
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from lines import Answer, Job, described, serve


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return "sun"


CALLED = AIMessage("", tool_calls=[{"id": "t1", "name": "weather", "args": {"city": "Oslo"}}])
SCENES: dict[str, list[Any]] = {
    "text": [SystemMessage("Be brief."), HumanMessage("Hi")],
    "tool": [HumanMessage("Hi")],
    "result": [HumanMessage("Hi"), CALLED, ToolMessage("sun", tool_call_id="t1")],
}


async def ask(job: Job) -> Answer:
    chat: Any = ChatOpenAI(
        base_url=job["base_url"], api_key=job["key"], model="any", max_retries=0,
        stream_usage=True, use_responses_api=job["api"] == "responses",
    )  # fmt: skip
    if job["scene"] != "text":
        chat = chat.bind_tools([weather])
    if job["scene"] == "loop":
        return await loop(chat)
    scene = SCENES[job["scene"]]
    pieces: list[str] = []
    try:
        if job["how"] == "whole":
            return told(await chat.ainvoke(scene), pieces)
        whole: AIMessageChunk | None = None
        stream = chat.astream(scene)
        async for chunk in stream:
            whole = chunk if whole is None else whole + chunk
            if chunk.text:
                pieces.append(str(chunk.text))
                if job["how"] == "cancel":
                    await stream.aclose()
                    break
        return told(whole, pieces)
    except openai.APIError as error:
        return {"pieces": pieces, "error": described(error)}


async def loop(chat: Any) -> Answer:
    """The tool is called, and its result asked about: the first answer goes back as it came."""
    messages: list[Any] = [HumanMessage("Hi")]
    texts = []
    for _ in range(2):
        whole: Any = None
        async for chunk in chat.astream(messages):
            whole = chunk if whole is None else whole + chunk
        messages.append(whole)
        texts.append(str(whole.text))
        for call in whole.tool_calls:
            messages.append(ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"]))
    return {"text": "".join(texts), "pieces": texts}


def told(message: Any, pieces: list[str]) -> Answer:
    usage = message.usage_metadata or {}
    return {
        "text": str(message.text),
        "pieces": pieces,
        "tools": [[call["id"], call["name"], call["args"]] for call in message.tool_calls],
        "usage": {
            "input": usage.get("input_tokens"),
            "output": usage.get("output_tokens"),
            "cached": usage.get("input_token_details", {}).get("cache_read"),
        },
    }


if __name__ == "__main__":
    serve(ask)
