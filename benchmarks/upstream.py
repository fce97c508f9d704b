"""The LLM server behind all that is measured: words on a clock, over TLS.

At `/v1/chat/completions` it speaks OpenAI's wire format, at `/v1/messages` Anthropic's.

    python -m benchmarks.upstream CHAIN_PEM KEY_PEM

Prints its port. A raw protocol on uvloop, so that it costs little beside what it feeds. The number
of words is the request's `max_tokens`; the first word goes out at once, each next one 20 ms later.
"""

import asyncio
import gc
import re
import ssl
import sys
from dataclasses import dataclass, replace
from typing import Any

import uvloop

INTERVAL = 0.020
_ENVELOPE = (
    'data: {"id":"chatcmpl-BxT3kq9WvYz0AbCdEfGhIjKlMnOpQ","object":"chat.completion.chunk",'
    '"created":1763640000,"model":"house-7b-2026-07-18","service_tier":"default",'
    '"system_fingerprint":"fp_560af6e559","choices":[%s]%s}\n\n'
)
_CHOICE = '{"index":0,"delta":%s,"logprobs":null,"finish_reason":%s}'
ROLE = (_ENVELOPE % (_CHOICE % ('{"role":"assistant","content":""}', "null"), "")).encode()
WORD = (_ENVELOPE % (_CHOICE % ('{"content":" word"}', "null"), "")).encode()
STOP = (_ENVELOPE % (_CHOICE % ("{}", '"stop"'), "")).encode()
USAGE = (
    _ENVELOPE % ("", ',"usage":{"prompt_tokens":31,"completion_tokens":50,"total_tokens":81}')
).encode()
DONE = b"data: [DONE]\n\n"

_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
_REPLY = (
    b'{"id":"chatcmpl-BxT3kq9WvYz0AbCdEfGhIjKlMnOpQ","object":"chat.completion",'
    b'"created":1763640000,"model":"house-7b-2026-07-18","choices":[{"index":0,"message":'
    b'{"role":"assistant","content":"We are open until six today."},"logprobs":null,'
    b'"finish_reason":"stop"}],"usage":{"prompt_tokens":31,"completion_tokens":7,'
    b'"total_tokens":38}}'
)
_MESSAGE = (
    b'{"id":"msg_01BxT3kq9WvYz0AbCdEfGhIj","type":"message","role":"assistant","model":"house-7b",'
    b'"content":[{"type":"text","text":"We are open until six today."}],"stop_reason":"end_turn",'
    b'"stop_sequence":null,"usage":{"input_tokens":31,"output_tokens":7}}'
)
_WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_WORDS = re.compile(rb'"max_tokens": ?(\d+)')


_END = b"0\r\n\r\n"


def frame(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(name: str, members: str) -> bytes:
    """One of Anthropic's."""
    return f'event: {name}\ndata: {{"type":"{name}",{members}}}\n\n'.encode()


@dataclass(frozen=True)
class Script:
    """What a stream begins with (its first word, too), each further word, and the end."""

    first: bytes
    word: bytes
    last: bytes


_CHAT = Script(
    _STREAM_HEAD + frame(ROLE) + frame(WORD), frame(WORD), frame(STOP) + frame(DONE) + _END
)
_CHAT_WITH_USAGE = replace(_CHAT, last=frame(STOP) + frame(USAGE) + frame(DONE) + _END)
_DELTA = frame(
    event("content_block_delta", '"index":0,"delta":{"type":"text_delta","text":" word"}')
)
_MESSAGES = Script(
    _STREAM_HEAD
    + frame(
        event(
            "message_start",
            '"message":{"id":"msg_01BxT3kq9WvYz0AbCdEfGhIj","type":"message","role":"assistant",'
            '"model":"house-7b","content":[],"stop_reason":null,"stop_sequence":null,'
            '"usage":{"input_tokens":31,"output_tokens":1}}',
        )
        + event("content_block_start", '"index":0,"content_block":{"type":"text","text":""}')
    )
    + _DELTA,
    _DELTA,
    frame(
        event("content_block_stop", '"index":0')
        + event(
            "message_delta",
            '"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":50}',
        )
        + b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    )
    + _END,
)


class Upstream(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._timer: asyncio.TimerHandle | None = None

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or length is None or len(body) < int(length[1]):
            return
        self._received = b""
        if head.startswith(b"POST /v1/chat/completions "):
            script = _CHAT_WITH_USAGE if b'"include_usage"' in body else _CHAT
            self._answer(body, script, _REPLY)
        elif head.startswith(b"POST /v1/messages "):
            self._answer(body, _MESSAGES, _MESSAGE)
        else:
            self._transport.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")

    def _answer(self, body: bytes, script: Script, reply: bytes) -> None:
        if re.search(rb'"stream": ?true', body) is None:
            self._transport.write(_WHOLE % (len(reply), reply))
            return
        words = _WORDS.search(body)
        self._left = int(words[1]) - 1 if words else 49
        self._script = script
        self._transport.write(script.first)
        self._due = self._loop.time() + INTERVAL
        self._timer = self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        if self._left > 0:
            self._left -= 1
            self._transport.write(self._script.word)
            self._due += INTERVAL
            self._timer = self._loop.call_at(self._due, self._tick)
        else:
            self._timer = None
            self._transport.write(self._script.last)


async def main(chain: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", 0, ssl=context, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    gc.freeze()
    gc.disable()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
