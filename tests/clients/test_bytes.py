"""Byte for byte: what a caller reads is what the endpoint wrote, wherever the network cut it."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.live import LiveAgent, LiveTenant
from tests.upstreams import Seen, Send, Wait, chunk, head
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Step
from tests.wire.corpus import Case, cases

CORPUS = {case.name: case for case in cases("openai-chat") if case.complete}
HEAD = head(200, ("content-type", "text/event-stream"), ("transfer-encoding", "chunked"))
STRIDE = 40
"""Each answer is cut every so many bytes; the next answer one byte further on."""
PAUSE = 0.002
CALLERS = 24


@dataclass(frozen=True)
class Play:
    """One answer: a recorded stream, cut at `first` and then every `STRIDE` bytes."""

    case: Case
    first: int

    def pieces(self) -> Iterator[bytes]:
        body = self.case.body
        at = [0, *range(self.first, len(body), STRIDE), len(body)]
        return (body[a:b] for a, b in zip(at, at[1:], strict=False) if a < b)


def plays() -> list[Play]:
    """Every position of every recorded stream is a cut in one of them."""
    return [
        Play(case, first)
        for case in CORPUS.values()
        for first in range(1, min(STRIDE, len(case.body)) + 1)
    ]


def script(seen: Seen) -> Iterator[Step]:
    """The request says which answer it wants; each piece is an HTTP chunk and a packet."""
    name, first = seen.json()["play"]
    yield Send(HEAD)
    for piece in Play(CORPUS[name], first).pieces():
        yield Send(chunk(piece))
        yield Wait(PAUSE)
    yield Send(chunk(b""))


def read_all(agent: LiveAgent, tenant: LiveTenant, mine: list[Play], usage: bool) -> list[bytes]:
    """One caller, who keeps its connection."""
    url = urlsplit(agent.chat_url)
    connection = http.client.HTTPConnection(url.netloc, timeout=60)
    bodies = []
    for play in mine:
        asked = {"messages": [], "stream": True, "play": [play.case.name, play.first]}
        if usage:
            asked["stream_options"] = {"include_usage": True}
        connection.request("POST", url.path, json.dumps(asked), tenant.headers)
        bodies.append(connection.getresponse().read())
    connection.close()
    return bodies


def test_every_position_is_a_cut() -> None:
    for case in CORPUS.values():
        cut = {0}
        for play in plays():
            if play.case is case:
                at = 0
                for piece in play.pieces():
                    at += len(piece)
                    cut.add(at)
        assert cut == set(range(len(case.body) + 1)), case.name


@pytest.mark.parametrize("usage", [True, False], ids=["usage", "no-usage"])
def test_body_is_the_endpoints_own_wherever_it_is_cut(
    tenant: LiveTenant, upstream: StartUpstream, usage: bool
) -> None:
    agent = tenant.agent(f"{upstream(script).url}/v1/chat/completions")
    shares = [plays()[number::CALLERS] for number in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as callers:
        answers = callers.map(lambda share: read_all(agent, tenant, share, usage), shares)
        for share, bodies in zip(shares, answers, strict=True):
            for play, body in zip(share, bodies, strict=True):
                expected = play.case.body if usage else play.case.shown
                assert body == expected, (play.case.name, play.first)
