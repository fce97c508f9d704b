"""The LLM server behind all that is measured: OpenAI's wire format over TLS, words on a clock.

    python -m benchmarks.upstream CHAIN_PEM KEY_PEM

Prints its port. A raw protocol on uvloop, so that it costs little beside what it feeds. The number
of words is the request's `max_tokens`; the first word goes out at once, each next one 20 ms later.
"""

import asyncio
import gc
import re
import ssl
import sys
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
_REPLY_ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
    % (len(_REPLY), _REPLY)
)
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_WORDS = re.compile(rb'"max_tokens": ?(\d+)')


def frame(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


_FIRST = _STREAM_HEAD + frame(ROLE) + frame(WORD)
_NEXT = frame(WORD)
_LAST = frame(STOP) + frame(DONE) + b"0\r\n\r\n"
_LAST_WITH_USAGE = frame(STOP) + frame(USAGE) + frame(DONE) + b"0\r\n\r\n"


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
        if not head.startswith(b"POST /v1/chat/completions "):
            self._transport.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            return
        if re.search(rb'"stream": ?true', body) is None:
            self._transport.write(_REPLY_ANSWER)
            return
        words = _WORDS.search(body)
        self._left = int(words[1]) - 1 if words else 49
        self._last = _LAST_WITH_USAGE if b'"include_usage"' in body else _LAST
        self._transport.write(_FIRST)
        self._due = self._loop.time() + INTERVAL
        self._timer = self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        if self._left > 0:
            self._left -= 1
            self._transport.write(_NEXT)
            self._due += INTERVAL
            self._timer = self._loop.call_at(self._due, self._tick)
        else:
            self._timer = None
            self._transport.write(self._last)


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
