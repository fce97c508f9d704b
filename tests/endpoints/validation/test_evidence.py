"""What is kept of an exchange: enough to repeat it, and no secret."""

import json
import shlex
import subprocess
from dataclasses import replace

import pytest

from dispatch.endpoint import EndpointSnapshot
from egress.http import Clocks, Request
from endpoints.validation.evidence import BODY_SHOWN, Redactor, curl, evidence
from endpoints.validation.exchange import Exchange, Failure
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
