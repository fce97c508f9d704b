"""A stream's bytes reach the caller once and in order, by whichever of the two ways they go."""

import random
import time

import pytest

from dispatch import answers
from dispatch.answers import Body, StreamAnswer, gathered
from dispatch.failures import DispatchFailed
from egress.http import Client, Clocks, Request
from egress.policy import Policy
from tests.upstreams import Authority, Close, Send, Stall, Until, Wait, chunk, head
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Step
from wire.anthropic.requests import read_request
from wire.llm.base import LLMRelay, Stamp
from wire.llm.translation import Translation
from wire.openai.relay import ChatRelay
from wire.registry import format_named

HEAD = Send(head(200, ("content-type", "text/event-stream"), ("transfer-encoding", "chunked")))
WORD = 'data: {"choices":[{"index":0,"delta":{"content":"Grüße 👋"}}]}\n\n'.encode()
STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9}}\n\n'
DONE = b"data: [DONE]\n\n"


class Sink:
    """An outlet that keeps all that comes out, in order; `ready` as long as it is told."""

    def __init__(self, ready_for: int = 10**9) -> None:
        self.out = b""
        self.puts = 0
        self._ready_for = ready_for

    def ready(self) -> bool:
        return self.puts < self._ready_for

    def put(self, piece: bytes) -> None:
        assert piece
        assert self.ready()
        self.puts += 1
        self.out += piece


async def carry(
    authority: Authority, url: str, sink: Sink, *, relay: LLMRelay | None = None, idle: float = 5.0
) -> StreamAnswer:
    client = Client(Policy.of(allow_cidrs=["127.0.0.0/8"], ca_file=authority.ca_file))
    try:
        response = await client.send(Request("POST", url, (), b"{}", Clocks(idle=idle)))
        answer = StreamAnswer(Body(response, None), relay or ChatRelay(withhold=False))
        while piece := await answer.read(sink):
            sink.out += piece
        return answer
    finally:
        await client.aclose()


def spaced(*pieces: bytes) -> list[Step]:
    return [step for piece in pieces for step in (Wait(0.02), Send(chunk(piece)))]


def one_by_one(sink: Sink, *pieces: bytes) -> list[Step]:
    """Each is sent when all before it have come out."""
    steps: list[Step] = []
    for at, piece in enumerate(pieces):
        before = b"".join(pieces[:at])
        steps += [Until(lambda before=before: sink.out == before), Send(chunk(piece))]  # type: ignore[misc]
    return steps


async def test_whole_events_go_by_the_outlet_and_the_end_by_the_reader(
    authority: Authority, upstream: StartUpstream
) -> None:
    events = [WORD] * 6 + [STOP, DONE]
    sink = Sink()
    server = upstream([HEAD, *one_by_one(sink, *events), Send(chunk(b""))])
    answer = await carry(authority, server.url, sink)
    assert sink.out == b"".join(events)
    assert sink.puts == 6  # all but the first word, which the reader had to wait for, and the end
    assert answer.first_content is not None
    assert answer.tally.complete
    assert answer.tally.content_bytes == 6 * len("Grüße 👋".encode())


@pytest.mark.parametrize("seed", range(8))
async def test_bytes_are_the_same_however_the_stream_is_cut(
    authority: Authority, upstream: StartUpstream, seed: int
) -> None:
    dice = random.Random(seed)
    stream = (WORD + WORD.replace(b"\n", b"\r\n") + b": ping\n\n") * 3 + STOP + DONE
    cuts = sorted(dice.sample(range(1, len(stream)), 12))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    server = upstream([HEAD, *spaced(*pieces), Send(chunk(b""))])
    sink = Sink(ready_for=dice.choice([0, 2, 100]))
    answer = await carry(authority, server.url, sink)
    assert sink.out == stream
    assert answer.tally.complete


async def test_the_withheld_usage_chunk_goes_neither_way(
    authority: Authority, upstream: StartUpstream
) -> None:
    server = upstream([HEAD, *spaced(WORD, WORD, STOP, USAGE, DONE), Send(chunk(b""))])
    sink = Sink()
    answer = await carry(authority, server.url, sink, relay=ChatRelay(withhold=True))
    assert sink.out == WORD + WORD + STOP + DONE
    assert answer.tally.usage is not None


async def test_an_outlet_that_is_not_ready_gets_nothing(
    authority: Authority, upstream: StartUpstream
) -> None:
    sink = Sink(ready_for=2)
    server = upstream([HEAD, *one_by_one(sink, *[WORD] * 5, STOP, DONE), Send(chunk(b""))])
    await carry(authority, server.url, sink)
    assert sink.puts == 2
    assert sink.out == WORD * 5 + STOP + DONE


@pytest.mark.parametrize("end", [[DONE], [DONE[:9], DONE[9:]], [STOP + DONE]])
async def test_after_the_end_mark_an_endpoint_that_lingers_is_not_waited_for(
    authority: Authority, upstream: StartUpstream, end: list[bytes]
) -> None:
    server = upstream([HEAD, *spaced(WORD, WORD, STOP, *end), Stall()])
    sink, began = Sink(), time.monotonic()
    await carry(authority, server.url, sink, idle=60)
    assert sink.out == WORD + WORD + STOP + b"".join(end)
    assert time.monotonic() - began < 20


async def test_a_stream_cut_in_the_middle_of_what_the_outlet_takes_is_told(
    authority: Authority, upstream: StartUpstream
) -> None:
    server = upstream([HEAD, *spaced(WORD, WORD, WORD), Close()])
    sink = Sink()
    with pytest.raises(DispatchFailed) as caught:
        await carry(authority, server.url, sink)
    assert caught.value.code == "upstream_truncated"
    assert sink.out == WORD * 3


def translating() -> LLMRelay:
    """From this module's events to a caller of Messages."""
    messages, chat = format_named("llm", "anthropic-messages"), format_named("llm", "openai-chat")
    request = read_request(b'{"messages":[]}', always_stream=True)
    return Translation(messages, chat, Stamp("1", 1790000000)).relay(request, {})


@pytest.mark.parametrize("behind", [b"", chunk(WORD + WORD)])
async def test_error_in_a_translated_stream_ends_it_at_once_and_is_told_once(
    authority: Authority, upstream: StartUpstream, behind: bytes
) -> None:
    error = b'data: {"error":{"message":"Overheated"}}\n\n'
    last = Send(chunk(error) + behind)
    server = upstream([HEAD, *spaced(WORD, WORD), Wait(0.02), last, Stall()])
    sink, began = Sink(), time.monotonic()
    answer = await carry(authority, server.url, sink, relay=translating(), idle=60)
    assert time.monotonic() - began < 20
    assert sink.out.count(b"Overheated") == sink.out.count(b"event: error") == 1
    assert sink.out.count("👋".encode()) == 2
    assert answer.tally.failure is not None


async def test_stream_for_a_caller_that_takes_none_is_gathered_without_waiting_for_its_end(
    authority: Authority, upstream: StartUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "AFTER_DONE_SECONDS", 60)
    server = upstream([HEAD, *spaced(WORD, WORD, STOP, DONE), Stall()])
    client = Client(Policy.of(allow_cidrs=["127.0.0.0/8"], ca_file=authority.ca_file))
    try:
        response = await client.send(Request("POST", server.url, (), b"{}", Clocks(idle=60)))
        answer = StreamAnswer(Body(response, None), ChatRelay(withhold=False))
        began = time.monotonic()
        whole = await gathered(answer)
        assert time.monotonic() - began < 20
        assert whole.content == WORD + WORD + STOP + DONE
        assert (whole.as_stream, whole.tally.finished) == (False, True)
        assert whole.first_content == answer.first_content is not None
        assert await answer.read() == b""
    finally:
        await client.aclose()
