"""Endpoints that are broken each in one way, and what the tests must say of each.

An animal is a script for `tests.upstreams`, the options of its server, and the findings that are
not «passed» or «skipped». `says` is a piece of the summary of the first of these, `mends` of its
hint.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.shapes.llm.anthropic_messages import SHAPE as ANTHROPIC
from tests.upstreams import (
    Authority,
    Chat,
    Close,
    Reset,
    Seen,
    Send,
    Stall,
    Wait,
    chunk,
    head,
    redirect,
    reply,
    sse,
)
from tests.upstreams.script import Script, Step

TOKEN = "sk-canary-0123456789abcdef"
WORDS = ["one ", "two ", "three ", "four ", "five ", "six ", "seven ", "eight ", "nine ", "ten"]
_CLOCKS = {"tls": 5.0, "first_byte": 4.0, "idle": 8.0, "total": 30.0}
_RAN_OUT = {
    "tls clock": ("tls", 0.5),
    "first_byte clock": ("first_byte", 1.2),
    "stalled": ("idle", 0.8),
}
HEALTHY = Chat(words=WORDS, pause=0.03, token=TOKEN)

Context = Callable[[Authority], Any]


@dataclass(frozen=True)
class Animal:
    script: Script
    findings: Mapping[str, str]
    says: str = ""
    mends: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    context: Context | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    auth: Mapping[str, str] = field(default_factory=lambda: {"type": "bearer", "token": TOKEN})


def clocks(says: str = "") -> dict[str, float]:
    """Long ones, for busy machines, but for the one that a finding `says` ran out."""
    return _CLOCKS | dict(clock for words, clock in _RAN_OUT.items() if words in says)


def streamed(change: Callable[[list[Step]], Iterable[Step]], chat: Chat = HEALTHY) -> Script:
    """A healthy endpoint, but for what `change` makes of the steps of its streams."""

    def script(seen: Seen) -> Iterable[Step]:
        steps = list(chat(seen))
        return change(steps) if _asks_for_stream(seen) else steps

    return script


def whole(answer: Callable[[Seen], Iterable[Step]]) -> Script:
    """A healthy endpoint, but for calls that do not ask to stream."""

    def script(seen: Seen) -> Iterable[Step]:
        accepted = seen.header("authorization") == f"Bearer {TOKEN}"
        return HEALTHY(seen) if _asks_for_stream(seen) or not accepted else answer(seen)

    return script


def _asks_for_stream(seen: Seen) -> bool:
    return bool(seen.json().get("stream"))


def _events(old: bytes, new: bytes) -> Script:
    """Streams in which `old` is replaced by `new`; the chunked coding is made anew."""

    def change(steps: list[Step]) -> Iterable[Step]:
        for step in steps:
            if isinstance(step, Send) and old in step.data:
                body = step.data.partition(b"\r\n")[2][:-2].replace(old, new)
                step = Send(chunk(body)) if body else step
            yield step

    return streamed(change)


def _in_one_burst(steps: list[Step]) -> Iterable[Step]:
    yield Wait(0.6)
    yield Send(b"".join(step.data for step in steps if isinstance(step, Send)))


def _in_three_bursts(steps: list[Step]) -> Iterable[Step]:
    sends = [step.data for step in steps if isinstance(step, Send)]
    for start in (0, 5, 10):
        yield Wait(0.2)
        yield Send(b"".join(sends[start : start + 5 if start < 10 else None]))


def _until(number: int, *ending: Step) -> Script:
    """Streams that go well for some steps (head, then a wait and a chunk per event)."""
    return streamed(lambda steps: [*steps[:number], *ending])


def _refuses_stream_options(seen: Seen) -> Iterable[Step]:
    if "stream_options" in seen.json():
        return [reply(400, {"error": {"message": "Unknown parameter: 'stream_options'"}})]
    return HEALTHY(seen)


def _streams_to_anybody(seen: Seen) -> Iterable[Step]:
    """As a minimal server does: whoever asks, and for whatever."""
    asked = replace(seen, body=b'{"stream":true,"stream_options":{"include_usage":true}}')
    return replace(HEALTHY, token=None)(asked)


def _events_of(*events: str) -> Script:
    """Streams of these events; a healthy endpoint otherwise."""
    return streamed(lambda steps: sse(*events, pause=0.03))


def _echoes_the_token(seen: Seen) -> Iterable[Step]:
    return [reply(401, f"bad key: {seen.header('authorization')}")]


def _relabelled(kind: bytes) -> Script:
    return streamed(
        lambda steps: [
            Send(step.data.replace(b"text/event-stream", kind)) if isinstance(step, Send) else step
            for step in steps
        ]
    )


def _cut_character(steps: list[Step]) -> Iterable[Step]:
    """An emoji in two halves, each in a chunk of its own, as careless token decoders do it."""
    for step in steps:
        if isinstance(step, Send) and b"five" in step.data:
            for half in (b"\xf0\x9f", b"\x98\x80"):
                event = step.data.partition(b"\r\n")[2][:-2].replace(b"five", half)
                yield Send(chunk(event))
        else:
            yield step


def _dated(days: float) -> Context:
    return lambda authority: authority.context(not_after=datetime.now(UTC) + timedelta(days=days))


def _error_event(steps: list[Step]) -> Iterable[Step]:
    error = json.dumps({"error": {"message": "out of memory", "type": "server_error"}})
    return [*steps[:7], Send(chunk(f"data: {error}\n\n".encode())), Send(chunk(b""))]


ZOO: dict[str, Animal] = {
    "healthy": Animal(HEALTHY, {}),
    "healthy without authentication": Animal(
        replace(HEALTHY, token=None), {}, auth={"type": "none"}
    ),
    # -- at the door
    "expired certificate": Animal(
        HEALTHY, {"address": "failed"}, "has expired", "Renew", context=_dated(-1)
    ),
    "certificate that ends soon": Animal(
        HEALTHY, {"address": "warning"}, "ends in 5 days", "Renew", context=_dated(5.5)
    ),
    "certificate of another name": Animal(
        HEALTHY,
        {"address": "failed"},
        "mismatch",
        "exactly this host name",
        context=lambda authority: authority.context("other.example.org"),
    ),
    "no TLS at all": Animal(
        HEALTHY, {"address": "failed"}, "tls clock", "must speak TLS", options={"never_tls": True}
    ),
    # -- authentication
    "token refused": Animal(
        replace(HEALTHY, token="another"), {"authentication": "failed"}, "status 401", "again"
    ),
    "token wanted and none given": Animal(
        HEALTHY, {"authentication": "failed"}, "wants a credential", "token", auth={"type": "none"}
    ),
    "token echoed": Animal(_echoes_the_token, {"authentication": "failed"}, "status 401"),
    "accepts calls without token": Animal(
        replace(HEALTHY, token=None),
        {"authentication": "warning"},
        "without the credential too",
        "401",
    ),
    "streams to anybody, asked to or not": Animal(
        _streams_to_anybody,
        {"authentication": "warning", "whole_reply": "warning"},
        "without the credential too",
        "401",
    ),
    # -- no answer
    "error 500": Animal([reply(500, {"error": "boom"})], {"answer": "failed"}, "status 500", "log"),
    "wrong path": Animal([reply(404, "not here")], {"answer": "failed"}, "status 404", "path"),
    "redirect": Animal(
        [redirect(307, "https://elsewhere.example.com/")],
        {"answer": "failed"},
        "redirect",
        "Enter the URL",
    ),
    "page instead of an answer": Animal(
        [reply(200, "<html>", ("content-type", "text/html"))],
        {"answer": "failed"},
        "text/html",
        "text/event-stream",
    ),
    "stream labelled as a page": Animal(
        _relabelled(b"text/html"), {"answer": "failed"}, "text/html", "text/event-stream"
    ),
    "garbage": Animal([Send(b"\x00\x01garbage\r\n\r\n")], {"answer": "failed"}, "", "HTTP/1.1"),
    "huge head": Animal(
        [Send(head(200, *((f"x-{n}", "y" * 900) for n in range(60))))],
        {"answer": "failed"},
        "",
        "32 KiB",
    ),
    "nothing at all": Animal([Close()], {"answer": "failed"}, "", "log"),
    "slow first byte": Animal(
        [Stall()], {"answer": "failed"}, "first_byte clock", "timeouts.first_byte"
    ),
    "compressed": Animal(
        [reply(200, b"\x1f\x8b", ("content-encoding", "gzip"), ("content-type", "text/plain"))],
        {"answer": "failed"},
        "",
        "compression",
    ),
    # -- streaming
    "held back until it is complete": Animal(
        streamed(_in_one_burst), {"streaming": "failed"}, "came at once", "proxy_buffering"
    ),
    "in few bursts": Animal(
        streamed(_in_three_bursts), {"streaming": "warning"}, "3 bursts", "proxy_buffering"
    ),
    "JSON instead of a stream": Animal(
        replace(HEALTHY, json_only=True),
        {"streaming": "failed"},
        "one whole JSON document",
        "server-sent events",
    ),
    "one event for the whole answer": Animal(
        streamed(
            lambda steps: [Wait(0.5), *steps],
            replace(HEALTHY, words=["All of it at once."], usage="never", pause=0, done=False),
        ),
        {"streaming": "failed", "done": "warning", "usage": "warning"},
        "sent when it is done",
        "chunk of its own",
    ),
    "stream labelled as text": Animal(
        _relabelled(b"text/plain"), {"streaming": "warning"}, "'text/plain'", "text/event-stream"
    ),
    # -- the chunks
    "invalid JSON": Animal(
        _events(b'"five "', b"five"), {"chunks": "failed"}, "not JSON", "one JSON object"
    ),
    "characters cut in two": Animal(
        streamed(_cut_character), {"chunks": "failed"}, "not valid UTF-8", "cut a character"
    ),
    "another format": Animal(
        _events_of(*ANTHROPIC.parts["begin"], *ANTHROPIC.parts["text"] * 4),
        {"chunks": "failed", "ending": "failed"},
        "no list `choices`",
        "choose the wire format `anthropic-messages`",
    ),
    "whole replies as chunks": Animal(
        _events(b'"delta"', b'"message"'), {"chunks": "failed"}, "`message`", "delta"
    ),
    "chunks without choices": Animal(
        _events(b'"choices": [{"index": 0, "delta": {"content": "f', b'"chioces": [{"a": {"b": "f'),
        {"chunks": "failed"},
        "no list `choices`",
        "choices",
    ),
    "chunks without id": Animal(
        _events(b'"id"', b'"ident"'), {"chunks": "warning"}, "lack `id`", "chat.completion.chunk"
    ),
    "no text": Animal(
        replace(HEALTHY, words=["", "", ""], usage="always"),
        {"chunks": "warning"},
        "no text",
        "content",
    ),
    "thoughts in the text": Animal(
        replace(HEALTHY, words=["<thi", "nk>I am to count.", "</think>\n\n", *WORDS]),
        {"thoughts": "warning"},
        "begins with `<think>`",
        "reasoning",
    ),
    "thoughts without a beginning": Animal(
        replace(HEALTHY, words=["I am to count.", "\n</th", "ink>\n\n", *WORDS]),
        {"thoughts": "warning"},
        "without a beginning",
        "reasoning",
    ),
    # -- the end
    "stalls in the middle": Animal(
        _until(9, Stall()), {"ending": "failed"}, "stalled", "keep-alive"
    ),
    "cut off": Animal(_until(9, Close()), {"ending": "failed"}, "cut off", "finish_reason"),
    "reset": Animal(_until(9, Reset()), {"ending": "failed"}, "cut off", "finish_reason"),
    "error in the middle": Animal(
        streamed(_error_event), {"ending": "failed"}, "error of the endpoint's own", "evidence"
    ),
    "no finish reason": Animal(
        _events(b'"finish_reason": "stop"', b'"finish_reason": null'),
        {"finish_reason": "failed"},
        "says why it ends",
        "stop",
    ),
    "no end mark": Animal(
        replace(HEALTHY, done=False), {"done": "warning"}, "[DONE]", "after the last chunk"
    ),
    # -- usage and time
    "refuses stream_options": Animal(
        _refuses_stream_options, {"stream_options": "failed"}, "status 400", "include_usage"
    ),
    "no usage": Animal(
        replace(HEALTHY, usage="never"), {"usage": "warning"}, "no usage", "prompt_tokens"
    ),
    "no usage and none asked for": Animal(
        replace(HEALTHY, usage="never"), {}, settings={"include_usage": False}
    ),
    "slow first word": Animal(
        streamed(lambda steps: [steps[0], Wait(0.7), *steps[1:3], Wait(0.7), *steps[3:]]),
        {"first_content": "warning"},
        "first word",
        "warm",
    ),
    # -- without streaming
    "streams always": Animal(
        whole(lambda seen: sse("data: {}", "data: [DONE]")),
        {"whole_reply": "warning"},
        "streamed although",
        "application/json",
    ),
    "fails without streaming": Animal(
        whole(lambda seen: [reply(501, "stream only")]),
        {"whole_reply": "warning"},
        "status 501",
        "application/json",
    ),
    "no completion without streaming": Animal(
        whole(lambda seen: [reply(200, {"text": "ready"})]),
        {"whole_reply": "warning"},
        "choices",
        "application/json",
    ),
}
