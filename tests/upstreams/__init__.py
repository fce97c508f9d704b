"""Real local servers for tests: TLS, scripted bytes and faults, and a record of what they saw.

Servers live on a thread of their own, so synchronous and asynchronous tests use them alike and a
test's event loop holds nothing but the code under test. With the fixtures of `fixtures.py`
(imported by `tests/conftest.py`):

    def test_something(upstream, authority):
        server = upstream([Send(head(200, ("content-type", "text/plain"))), Wait(0.2), Reset()])
        call(server.url + "/v1/chat/completions", ca_file=authority.ca_file)
        assert server.requests[0].header("authorization") == "Bearer t"
        assert server.requests[0].json()["stream"] is True
        assert server.connections[0].gone.wait(10)        # the peer closed; `.gone_at` says when

A *script* is a list of steps, or a function from the `Seen` request to such a list; it is played
for each request of each connection. Without `Close`, `Reset` or `Stall` at its end the connection
is kept for the next request. `server.script` may be replaced at any time.

Steps: `Send(bytes)`, `Wait(seconds)`, `Until(true)`, `Stall()` (until the peer goes),
`HalfClose()`, `Close()`, `Reset()` (RST), `Flood(block)` (sends until the peer goes;
`connection.sent` counts); of a WebSocket `Upgrade()`
and `Hear(word)` (reads on until a message holds that).
Builders: `head(status, *fields)`, `reply(status, body, *fields)`, `chunk(bytes)`,
`said(message)`, `sse(*events, pause=0)`, `drip(bytes, pause)`, `redirect(status, location)`.
Options of a server: `host` (a name of the certificate), `tls_delay` (accepts, then is slow to
shake hands), `never_tls`, `read_body=False` (answers at once, reads no body), `context` (another
certificate), `address` (`::1` …). `Blackhole()` is an address that lets no connection through.

`Chat()` is a ready-made OpenAI-chat endpoint: `upstream(Chat(words=["Hel", "lo"], pause=0.02,
token="t"))`; see `chat.py`. All names resolve through `localhost`, so the code under test must run
with `EGRESS_ALLOW_CIDRS=127.0.0.0/8` and `EGRESS_CA_FILE=<authority.ca_file>`.
"""

from tests.upstreams.authority import Authority
from tests.upstreams.chat import Chat
from tests.upstreams.script import (
    Close,
    Flood,
    HalfClose,
    Reset,
    Seen,
    Send,
    Stall,
    Until,
    Wait,
    chunk,
    drip,
    head,
    redirect,
    reply,
    sse,
)
from tests.upstreams.server import Blackhole, Connected, Upstream, eventually, settled

__all__ = [
    "Authority",
    "Blackhole",
    "Chat",
    "Close",
    "Connected",
    "Flood",
    "HalfClose",
    "Reset",
    "Seen",
    "Send",
    "Stall",
    "Until",
    "Upstream",
    "Wait",
    "chunk",
    "drip",
    "eventually",
    "head",
    "redirect",
    "reply",
    "settled",
    "sse",
]
