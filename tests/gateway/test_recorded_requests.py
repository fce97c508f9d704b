"""Recorded requests, and replies in place of streams, mean the same wherever they are cut."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.live import LiveAgent, LiveTenant
from tests.shapes.llm import SHAPES
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Send, Step, Wait, chunk, head, reply
from tests.wire.corpus import meaning
from tests.wire.corpus.requests import Recorded, requests
from wire.events import Failure
from wire.registry import formats_of, hosted_format

STRIDE = 40
"""Each request is cut every so many bytes; the next one a byte further on."""
PAUSE = 0.001


def cuts(body: bytes) -> Iterator[list[bytes]]:
    """The body whole, byte by byte, and so that every position is a cut of some."""
    yield [body]
    yield [body[at : at + 1] for at in range(len(body))]
    for first in range(1, min(STRIDE, len(body))):
        at = [0, *range(first, len(body), STRIDE), len(body)]
        yield [body[a:b] for a, b in zip(at, at[1:], strict=False)]


def answer_of(wire_format: str) -> Send:
    if wire_format in formats_of("voice"):
        return reply(200, bytes(range(64)), ("content-type", "application/octet-stream"))
    return reply(200, dict(SHAPES[wire_format].whole))


class Caller:
    """Sends bodies in packets, and keeps its connection; each request is a call of its own."""

    def __init__(self, agent: LiveAgent, tenant: LiveTenant, at: str) -> None:
        url = urlsplit(agent.base_url + at)
        self._peer = socket.create_connection((url.hostname or "", url.port or 0), timeout=20)
        self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            f"POST {url.path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {tenant.key}\r\n"
        )
        self._calls = 0

    def post(self, pieces: list[bytes]) -> tuple[int, bytes]:
        self._calls += 1
        size = sum(map(len, pieces))
        head = f"{self._head}x-call-id: c-{self._calls}\r\ncontent-length: {size}\r\n\r\n"
        self._peer.sendall(head.encode())
        for piece in pieces:
            self._peer.sendall(piece)
            time.sleep(PAUSE)
        response = http.client.HTTPResponse(self._peer)
        response.begin()
        return response.status, response.read()

    def close(self) -> None:
        self._peer.close()


def test_every_position_is_a_cut() -> None:
    body = bytes(range(101))
    found = set()
    for pieces in cuts(body):
        assert b"".join(pieces) == body
        found |= {sum(map(len, pieces[:count])) for count in range(1, len(pieces))}
    assert found == set(range(1, len(body)))


@pytest.mark.parametrize("recorded", requests(), ids=lambda recorded: recorded.name)
def test_a_recorded_request_means_the_same_however_it_is_cut(
    recorded: Recorded, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream([answer_of(recorded.to)])
    channel = "voice" if recorded.to in formats_of("voice") else "llm"
    made: dict[str, Any] = {"wire_format": recorded.to, "settings": recorded.settings}
    target = endpoint.url + SHAPES[recorded.to].path if channel == "llm" else endpoint.url
    agent = tenant.agent(target, channel=channel, **made)
    caller = Caller(agent, tenant, recorded.at)
    answers = [caller.post(pieces) for pieces in cuts(recorded.body)]
    caller.close()
    assert {status for status, _ in answers} == {200}
    got = [json.loads(seen.body) for seen in endpoint.requests]
    if recorded.stray:
        assert {body for _, body in answers} == {b"{}"}
        assert got == []
        return
    assert len(got) == len(answers)
    for each in got:
        assert each == recorded.sent


COMPLETION = json.dumps(SHAPES["openai-chat"].whole).encode()
ERROR = {"code": 429, "message": "Too fast.", "status": "SLOW_DOWN"}
WHOLE = {
    "a completion": (COMPLETION, {"0": "Hello"}, []),
    "blank lines and a completion": (b"\n\n \n" + COMPLETION, {"0": "Hello"}, []),
    "an error": (json.dumps({"error": ERROR}).encode(), {}, ["Too fast."]),
    "an error in an array": (json.dumps([{"error": ERROR}]).encode(), {}, ["Too fast."]),
}


@pytest.mark.parametrize("name", WHOLE)
def test_json_in_place_of_a_stream_means_the_same_however_it_is_cut(
    name: str, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    body, text, failures = WHOLE[name]
    endpoint = upstream([])
    agent = tenant.agent(endpoint.url + SHAPES["openai-chat"].path)
    caller = Caller(agent, tenant, "/v1/chat/completions")
    for pieces in cuts(body):
        endpoint.script = in_pieces(pieces)
        status, told = caller.post([b'{"model":"m","stream":true,"messages":[]}'])
        found = meaning.events(hosted_format("llm", "openai-chat"), [told])
        assert (status, meaning.texts(found)) == (200, text)
        assert [each.message for each in found if isinstance(each, Failure)] == failures
    caller.close()


def in_pieces(pieces: list[bytes]) -> list[Step]:
    declared = [("content-type", "application/json"), ("transfer-encoding", "chunked")]
    paced = [step for piece in pieces for step in (Send(chunk(piece)), Wait(PAUSE))]
    return [Send(head(200, *declared)), *paced, Send(chunk(b""))]
