"""Whatever an endpoint sends, every check comes to a finding."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.endpoint import EndpointSnapshot
from egress.http import Clocks, Request
from egress.link import End
from endpoints.validation.base import Look, Seen
from endpoints.validation.evidence import evidence
from endpoints.validation.exchange import Exchange, Failure
from endpoints.validation.redaction import Redactor
from endpoints.validation.registry import checks_of
from endpoints.validation.talk import Line, Talk
from wire.registry import format_named
from wire.transcriber.opening import Opening

ENDPOINT = EndpointSnapshot(
    id="end_1",
    tenant_id="ten_1",
    version=1,
    channel="llm",
    wire_format="openai-chat",
    urls=("https://llm.example.com/",),
    model="",
    clocks=Clocks(),
    settings={},
    auth_type="bearer",
    auth_fields={},
    auth_secrets={},
    auth_hosts=(),
)
SENT = Request("POST", ENDPOINT.urls[0], (), b'{"include_usage":true}', Clocks())
WIRE = format_named("llm", "openai-chat")
ASKED = WIRE.read_request(b'{"messages":[],"stream":true}')

PIECES = st.sampled_from(
    [
        b"data: ", b"\n\n", b"\r\n", b": note\n\n", b"[DONE]", b"{}", b"[]", b"null",
        b'{"error":"x"}', b"error: {}\n\n", b'{"usage":[1]}', b'{"choices":[],"usage":{}}',
        b'{"choices":{}}', b'{"choices":[null]}', b'{"choices":[{"delta":[]}]}',
        b'{"choices":[{"message":{}}]}', b'{"choices":[{"delta":{"content":5}}]}',
        b'{"choices":[{"delta":{"content":"a"}}]}',
        b'{"choices":[{"delta":{},"finish_reason":"stop"}]}',
        b"\xff\xfe", b"\xf0\x9f", b"[" * 5000, b'"',
    ]
)  # fmt: skip
FAILURES = st.sampled_from(
    [
        None,
        Failure("upstream_timeout", "timeout_idle", "The idle clock ran out.", "idle"),
        Failure("upstream_truncated", "truncated", "it was cut", ""),
        Failure("upstream_connect_failed", "dns_failed", "the name has no address", ""),
        Failure("upstream_bad_response", "redirect", "a redirect", ""),
    ]
)


def exchange(kind: Any, status: int | None, body: list[bytes], failure: Failure | None) -> Exchange:
    relay = WIRE.relay(ASKED, {})
    for piece in body:
        relay.feed(piece)
    relay.close()
    pieces = tuple((0.01 * number, piece) for number, piece in enumerate(body))
    tally = relay.tally if kind == "stream" else WIRE.read_reply(b"".join(body))
    return Exchange(SENT, kind, status, {}, pieces, failure, tally, None, 1.0)


EXCHANGES = st.builds(
    exchange,
    st.sampled_from(["stream", "reply", "error", "none"]),
    st.sampled_from([None, 200, 204, 301, 400, 401, 404, 500]),
    st.lists(PIECES, max_size=25),
    FAILURES,
)


@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "stream": EXCHANGES,
            "plain": st.none() | EXCHANGES,
            "anonymous": st.none() | EXCHANGES,
            "reply": st.none() | EXCHANGES,
        }
    ),
    FAILURES.filter(bool),
)
def test_every_check_comes_to_a_finding(exchanges: Any, at_the_door: Failure) -> None:
    every_check_comes_to_a_finding(ENDPOINT, exchanges, at_the_door)


def every_check_comes_to_a_finding(
    endpoint: EndpointSnapshot, exchanges: Any, at_the_door: Failure
) -> None:
    looks = [Look(endpoint.urls[0], None, at_the_door)]
    seen = Seen(endpoint, 1_800_000_000.0, looks=looks, exchanges=exchanges)
    for check in checks_of(endpoint.channel):
        found = check.run(seen)
        assert found.summary
        assert bool(found.hint) == (found.status in ("warning", "failed"))
        if found.shows is not None:
            shown = evidence(found.shows, Redactor(endpoint))
            assert shown.get("curl") or shown["command"]
            unescaped = json.dumps(shown).replace("\\\\", "")
            assert "\\u0000" not in unescaped


def spoken(
    kind: Any, status: int | None, body: list[bytes], failure: Failure | None, first: float | None
) -> Exchange:
    pieces = tuple((0.01 * number, piece) for number, piece in enumerate(body))
    return Exchange(SENT, kind, status, {}, pieces, failure, first_content=first, took=1.0)


SPOKEN = st.builds(
    spoken,
    st.sampled_from(["stream", "error", "none"]),
    st.sampled_from([None, 200, 204, 301, 400, 401, 404, 500]),
    st.lists(st.binary(max_size=40) | st.just(b"\x00\x10\x00\xf0" * 2000), max_size=12),
    FAILURES,
    st.sampled_from([None, 0.1, 2.0]),
)


@settings(max_examples=200, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "stream": SPOKEN,
            "plain": st.none(),
            "anonymous": st.none() | SPOKEN,
            "other_rate": st.none() | SPOKEN,
            "styled": st.none() | SPOKEN,
        }
    ),
    FAILURES.filter(bool),
)
def test_every_voice_check_comes_to_a_finding(exchanges: Any, at_the_door: Failure) -> None:
    endpoint = replace(ENDPOINT, channel="voice", wire_format="rymi-tts")
    every_check_comes_to_a_finding(endpoint, exchanges, at_the_door)


RYMI = format_named("transcriber", "rymi-stt").endpoint_side(Opening(), model="")
TEXTS = st.sampled_from(
    [
        b"", b"hello", b"[]", b"{}", b"null", b'{"type":7}', b'{"type":["final"]}', b"[" * 5000,
        b'{"type":"partial"}', b'{"type":"speech_started"}', b'{"type":"utterance_end"}',
        b'{"type":"interim"}', b'{"type":"interim","text":"a"}', b'{"type":"interim","text":[]}',
        b'{"type":"final","text":""}', b'{"type":"final","text":"a","confidence":-1}',
        b'{"type":"final","text":"a","confidence":1e999}', b'{"type":"final","confidence":true}',
        b'{"type":"final","text":"a","confidence":{},"language_code":[]}',
        b'{"type":"final","text":"\\u0000"}', b'{"type":"final","text":"\\ud800"}',
        b'{"type":"error"}', b'{"type":"error","message":{}}', b'{"type":"final","text":null}',
        b"\0",
    ]
)  # fmt: skip


def line(text: bytes | None, ours: bool) -> Line:
    if text is None:
        return Line(0.5, ours, "binary", 640, until=0.6)
    said = None if ours else RYMI.hear(text)
    return Line(0.5, ours, "text", len(text), text, said[0] if said else None, known=bool(said))


MOMENTS = st.sampled_from([None, 0.2, 3.0])
TALKS = st.builds(
    Talk,
    sent=st.just(SENT),
    kind=st.sampled_from(["stream", "error", "none"]),
    status=st.sampled_from([None, 101, 401, 404, 500]),
    failure=FAILURES,
    cut=st.booleans(),
    lines=st.lists(st.builds(line, st.none() | TEXTS, st.booleans()), max_size=12).map(tuple),
    end=st.none()
    | st.builds(
        End,
        st.sampled_from(["closed", "lost", "broken", "silent", "stalled"]),
        st.sampled_from([1000, 1005, 1006, 1007, 1009, 1011, 4401]),
        st.sampled_from(["", "\0 why"]),
    ),
    finalize_at=MOMENTS,
    close_at=MOMENTS,
)


@settings(max_examples=400, deadline=None)
@given(
    st.fixed_dictionaries({"stream": TALKS | EXCHANGES, "anonymous": st.none() | TALKS}),
    FAILURES.filter(bool),
)
def test_every_transcriber_check_comes_to_a_finding(exchanges: Any, at_the_door: Failure) -> None:
    endpoint = replace(ENDPOINT, channel="transcriber", wire_format="rymi-stt")
    every_check_comes_to_a_finding(endpoint, exchanges, at_the_door)
