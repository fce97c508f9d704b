"""What is kept of an exchange: enough to repeat it, and no secret."""

import json
import shlex
import subprocess
from dataclasses import replace

import pytest

from dispatch.endpoint import EndpointSnapshot
from egress.http import Clocks, Request
from endpoints.validation.evidence import BODY_SHOWN, evidence
from endpoints.validation.exchange import Exchange, Failure
from endpoints.validation.redaction import Redactor, quoted
from endpoints.validation.repeat import conversation, curl
from endpoints.validation.talk import Line, Talk
from endpoints.validation.transcript import FIRST_SHOWN, LAST_SHOWN, TEXT_SHOWN
from vault.secret import Secret

TOKEN = 'sk-"canary"/+0123456789'
URL = "https://llm.example.com/v1/$(id)!!'$HOME`id`/chat?sig=canary-signature"
BODY = b'{"model":"m","messages":[{"role":"user","content":"It\'s \\"one\\" $HOME `x`"}]}'


@pytest.fixture
def endpoint() -> EndpointSnapshot:
    return EndpointSnapshot(
        id="end_1",
        tenant_id="ten_1",
        version=1,
        channel="llm",
        wire_format="openai-chat",
        urls=(URL,),
        model="m",
        clocks=Clocks(),
        settings={},
        auth_type="bearer",
        auth_fields={},
        auth_secrets={"token": Secret(TOKEN)},
        auth_hosts=("llm.example.com",),
    )


@pytest.fixture
def sent() -> Request:
    headers = (("content-type", "application/json; $HOME"), ("authorization", f"Bearer {TOKEN}"))
    return Request("POST", URL, headers, BODY, Clocks())


def test_the_curl_line_repeats_the_request_and_asks_the_shell_for_the_secrets(
    endpoint: EndpointSnapshot, sent: Request
) -> None:
    line = curl(sent, Redactor(endpoint))
    assert "canary" not in line
    script = f"curl() {{ printf '%s\\n' \"$@\"; }}\nTOKEN={shlex.quote(TOKEN)}\nQUERY=q=1\n{line}"
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == [
        "-N", "-sS", "-D-", "https://llm.example.com/v1/$(id)!!'$HOME`id`/chat?q=1",
        "-H", "content-type: application/json; $HOME", "-H", f"authorization: Bearer {TOKEN}",
        "--data-raw", BODY.decode(),
    ]  # fmt: skip


@pytest.mark.parametrize(("body", "file"), [(b"\1\0\2\0", ["-o", "answer.raw"]), (b"{}", [])])
def test_an_answer_that_no_terminal_takes_is_repeated_into_a_file(
    endpoint: EndpointSnapshot, sent: Request, body: bytes, file: list[str]
) -> None:
    heard = Exchange(sent=sent, kind="answer", status=200, pieces=((0.1, body),))
    line = str(evidence(heard, Redactor(endpoint))["curl"])
    assert line.startswith(" ".join(["curl -N -sS -D-", *file, "'https://llm.example.com"]))


def test_a_token_that_the_endpoint_echoes_is_blotted_out_in_every_spelling(
    endpoint: EndpointSnapshot, sent: Request
) -> None:
    echoed = f"{TOKEN} {json.dumps(TOKEN)} sk-%22canary%22%2F%2B0123456789 ?sig=canary-signature"
    exchange = Exchange(
        sent=sent,
        kind="error",
        status=401,
        headers={"x-echo": TOKEN, "set-cookie": "canary=1", "location": "https://canary/"},
        pieces=((0.1, echoed[:12].encode()), (0.2, echoed[12:].encode())),
    )
    kept = json.dumps(evidence(exchange, Redactor(endpoint)), ensure_ascii=False)
    assert "canary" not in kept
    assert "$TOKEN" in kept
    assert "$QUERY" in kept


def test_keys_in_a_query_are_blotted_out_one_by_one_too(endpoint: EndpointSnapshot) -> None:
    """A wire format may call the URL with another query, and servers quote the key alone."""
    redact = Redactor(replace(endpoint, urls=("https://g.example.com/?alt=sse&key=canary-0123",)))
    assert redact("https://g.example.com/?key=canary-0123&x=1") == (
        "https://g.example.com/?$QUERY&x=1"
    )
    assert redact("No such key: canary-0123. Use alt=json.") == "No such key: $QUERY. Use alt=json."


def test_a_long_answer_is_cut_and_says_so(endpoint: EndpointSnapshot, sent: Request) -> None:
    exchange = Exchange(sent=sent, kind="stream", status=200, pieces=((0.5, b"x" * 100_000),))
    response = evidence(exchange, Redactor(endpoint))["response"]
    assert isinstance(response, dict)
    assert (len(response["body"]), response["body_cut"]) == (BODY_SHOWN, True)
    assert response["arrivals"] == [0.5]


def test_of_sound_its_size_is_kept_and_no_zero_that_a_database_refuses(
    endpoint: EndpointSnapshot, sent: Request
) -> None:
    pieces = ((0.1, b"\x00\x01" * 500), (0.2, TOKEN.encode()))
    exchange = Exchange(sent=sent, kind="stream", status=200, pieces=pieces)
    response = evidence(exchange, Redactor(endpoint))["response"]
    assert isinstance(response, dict)
    assert response["body"] == f"({1000 + len(TOKEN)} bytes that are no text)"


def test_a_failure_is_told_and_what_was_never_sent_has_no_evidence(
    endpoint: EndpointSnapshot, sent: Request
) -> None:
    failure = Failure("upstream_timeout", "timeout_idle", "The idle clock ran out.", "idle")
    exchange = Exchange(sent=sent, kind="none", failure=failure)
    response = evidence(exchange, Redactor(endpoint))["response"]
    assert isinstance(response, dict)
    assert response["failure"] == {"code": "upstream_timeout", "detail": "The idle clock ran out."}
    assert evidence(replace(exchange, sent=None), Redactor(endpoint)) == {}


def lines_of(exchange: Exchange, endpoint: EndpointSnapshot) -> list[dict[str, object]]:
    lines = evidence(exchange, Redactor(endpoint))["messages"]
    assert isinstance(lines, list)
    return lines


def test_a_conversation_is_kept_message_by_message_and_of_audio_its_size(
    endpoint: EndpointSnapshot, sent: Request
) -> None:
    text = json.dumps({"type": "error", "message": f"\0 bad {TOKEN}"})
    lines = (
        Line(0.1, True, "binary", 640, count=2, until=0.12),
        Line(0.2, False, "text", len(text), text.encode()),
        Line(0.3, False, "text", 3, b"a\0b"),
        Line(0.41, False, "close", data=b"so it is", code=1011),
    )
    talk = Talk(sent=sent, kind="stream", status=101, lines=lines)
    assert lines_of(talk, endpoint) == [
        {"at": 0.1, "from": "patchbay", "until": 0.12, "binary": {"messages": 2, "bytes": 640}},
        {"at": 0.2, "from": "endpoint",
         "text": '{"type": "error", "message": "\\u0000 bad $TOKEN"}'},
        {"at": 0.3, "from": "endpoint", "text": "a\N{REPLACEMENT CHARACTER}b"},
        {"at": 0.41, "from": "endpoint", "close": 1011, "reason": "so it is"},
    ]  # fmt: skip


def test_of_a_long_conversation_the_beginning_and_the_end_are_kept(
    endpoint: EndpointSnapshot, sent: Request
) -> None:
    many = tuple(Line(float(at), False, "text", 9_000, b"x" * 9_000) for at in range(1000))
    lines = lines_of(Talk(sent=sent, kind="stream", lines=many), endpoint)
    assert len(lines) == FIRST_SHOWN + 1 + LAST_SHOWN
    assert lines[FIRST_SHOWN] == {"left_out": 1000 - FIRST_SHOWN - LAST_SHOWN}
    assert lines[-1]["at"] == 999.0
    assert str(lines[0]["text"]).startswith("x" * TEXT_SHOWN + "… (9000 bytes)")


def test_an_upgrade_is_repeated_by_curl_and_a_conversation_by_the_example(
    endpoint: EndpointSnapshot, sent: Request
) -> None:
    asked = replace(sent, method="GET", url=URL.replace("https", "wss"), body=b"")
    line = curl(asked, Redactor(endpoint))
    assert "'https://llm.example.com/" in line
    assert "sec-websocket-key" in line
    assert "--data" not in line
    played = conversation(asked, Redactor(endpoint))
    assert played.startswith("python examples/play_sentence.py 'wss://llm.example.com/")
    assert "canary" not in line + played
    heard = Talk(sent=asked, kind="stream", lines=(Line(0.1, True, "binary", 640),))
    assert evidence(heard, Redactor(endpoint))["command"] == played
    assert evidence(replace(heard, lines=()), Redactor(endpoint))["curl"] == line


def test_an_endpoints_words_are_quoted_short_plain_and_without_its_secrets(
    endpoint: EndpointSnapshot,
) -> None:
    redact = Redactor(endpoint)
    assert quoted("a `b`\n\0\ud800 c", redact) == "«a 'b' c»"
    assert quoted("x" * 95 + TOKEN, redact) == "«" + "x" * 95 + "$TOKE…»"
