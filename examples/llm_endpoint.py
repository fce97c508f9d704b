"""A reference LLM endpoint: what a tenant's own server must do, on one page.

It speaks OpenAI chat completions over HTTPS: streamed and whole replies, a usage chunk when it is
asked for, `[DONE]` at the end, errors as OpenAI's SDKs expect them. The "model" is a toy; put yours
where `think` is. Run it alone with

    ENDPOINT_TOKEN=secret python examples/llm_endpoint.py --port 8443 --cert cert.pem --key key.pem

It needs nothing but uvicorn; the same shape fits FastAPI, Starlette or any other ASGI framework.
"""

import argparse
import asyncio
import functools
import json
import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import uvicorn

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

MODEL = "patchbay-demo-1"


async def think(messages: list[dict[str, Any]]) -> AsyncIterator[str]:
    """Your model goes here: give words as soon as you have them, never all at the end."""
    said = next((m["content"] for m in reversed(messages) if m.get("role") == "user"), "nothing")
    if not isinstance(said, str):
        said = " ".join(part.get("text", "") for part in said if part.get("type") == "text")
    reply = f"You said: {said} And every word of this came through your own hosted URL."
    for word in reply.split():
        await asyncio.sleep(0.03)
        yield word + " "


def count(text: str) -> int:
    """Your tokenizer goes here."""
    return max(1, len(text) // 4)


def chunk(reply_id: str, choices: list[dict[str, Any]], usage: dict[str, int] | None) -> bytes:
    data = {
        "id": reply_id,
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": MODEL,
        "choices": choices,
        "usage": usage,
    }
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def delta(content: dict[str, Any], finish: str | None = None) -> list[dict[str, Any]]:
    return [{"index": 0, "delta": content, "finish_reason": finish}]


def usage_of(messages: list[dict[str, Any]], text: str) -> dict[str, int]:
    prompt, completion = count(json.dumps(messages)), count(text)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


async def stream(send: Send, asked: dict[str, Any]) -> None:
    """One SSE event per piece, flushed at once; the headers keep proxies from collecting them."""
    reply_id, text = f"chatcmpl-{uuid.uuid4().hex}", ""
    headers = [(b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def out(data: bytes, more: bool = True) -> None:
        await send({"type": "http.response.body", "body": data, "more_body": more})

    await out(chunk(reply_id, delta({"role": "assistant", "content": ""}), None))
    async for piece in think(asked["messages"]):
        text += piece
        await out(chunk(reply_id, delta({"content": piece}), None))
    await out(chunk(reply_id, delta({}, "stop"), None))
    if (asked.get("stream_options") or {}).get("include_usage"):
        await out(chunk(reply_id, [], usage_of(asked["messages"], text)))
    await out(b"data: [DONE]\n\n", more=False)


async def whole(send: Send, asked: dict[str, Any]) -> None:
    text = "".join([piece async for piece in think(asked["messages"])])
    message = {"role": "assistant", "content": text}
    reply = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage_of(asked["messages"], text),
    }
    await answer(send, 200, reply)


async def answer(send: Send, status: int, body: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def refuse(send: Send, status: int, message: str) -> None:
    """Errors in OpenAI's shape, so that every SDK raises the exception its user expects."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    await answer(send, status, {"error": error})


async def body_of(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def app(scope: Scope, receive: Receive, send: Send, *, token: str) -> None:
    given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    if token and given != f"Bearer {token}":
        return await refuse(send, 401, "Wrong or missing token.")
    if (scope["method"], scope["path"]) != ("POST", "/v1/chat/completions"):
        return await refuse(send, 404, "POST /v1/chat/completions is all there is here.")
    try:
        asked = json.loads(await body_of(receive))
        asked["messages"][0]["role"]
    except (ValueError, LookupError, TypeError):
        return await refuse(send, 400, "The body must be JSON with a list of `messages`.")
    return await (stream if asked.get("stream") else whole)(send, asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--cert", required=True, help="certificate chain, PEM")
    parser.add_argument("--key", required=True, help="private key, PEM")
    options = parser.parse_args()
    print(f"On this machine: https://localhost:{options.port}/v1/chat/completions", flush=True)
    uvicorn.run(
        functools.partial(app, token=os.environ.get("ENDPOINT_TOKEN", "")),
        interface="asgi3",
        host=options.host,
        port=options.port,
        ssl_certfile=options.cert,
        ssl_keyfile=options.key,
        log_level="warning",
        lifespan="off",
    )


if __name__ == "__main__":
    main()
