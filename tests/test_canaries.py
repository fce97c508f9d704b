"""Secrets are planted, everything is made to fail, and then every trace is searched for them.

The platform is the real one (`serve` and `worker`). Endpoints repeat in their answers whatever they
were sent, as the worst of them do.
"""

import base64
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx2 as httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from egress.frames import close_payload, encode
from tests.canaries import MOST_PAGES, Planted, Rest, read_admin, traces, wait_for_runs
from tests.egress.test_websocket import upgrade
from tests.live import LivePlatform, NewLive
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Close, Reset, Script, Seen, Send, Stall, head, redirect, reply
from tests.upstreams.server import Upstream

CHAT = "/v1/chat/completions"
CHANNELS = {"openai-chat": "llm", "rymi-stt": "transcriber"}
CLOCKS = {"connect": 10, "tls": 10, "first_byte": 30, "idle": 30, "total": 60}
SHORT = {"never answers": {"first_byte": 2}, "never shakes hands": {"tls": 2}}


def repeated(seen: Seen) -> bytes:
    """All that the endpoint was sent."""
    lines = [seen.target, *(f"{name}: {value}" for name, value in seen.headers)]
    return "\n".join(lines).encode() + b"\n" + seen.body


def in_json(seen: Seen) -> dict[str, Any]:
    return {"error": {"message": repeated(seen).decode(), "type": "x", "code": seen.target}}


def event(seen: Seen) -> bytes:
    first = seen.header("authorization") or seen.header("x-api-key") or ""
    return b'data: {"id":"%s","error":{"message":"%s"}}\n\n' % (first.encode(), first.encode())


SSE = head(200, ("content-type", "text/event-stream"))
STAGES: dict[str, tuple[Script, dict[str, Any]]] = {
    "all well": (Chat(words=("canary-free", " words")), {}),
    "refuses the token": (lambda seen: [reply(401, in_json(seen))], {}),
    "fails": (lambda seen: [reply(500, repeated(seen), ("content-type", "text/plain"))], {}),
    "is busy": (lambda seen: [reply(429, in_json(seen), ("retry-after", "1"))], {}),
    "redirects": (
        lambda seen: [redirect(307, f"https://x.example/{repeated(seen)[:900].hex()}")],
        {},
    ),
    "speaks no HTTP": (lambda seen: [Send(repeated(seen)), Close()], {}),
    "heads with secrets": (
        lambda seen: [reply(500, in_json(seen), ("x-seen", seen.header("authorization") or "-"))],
        {},
    ),
    "errs in the stream": (lambda seen: [Send(SSE + event(seen)), Close()], {}),
    "breaks off": (
        lambda seen: [Send(head(200, ("content-length", "9999")) + repeated(seen)), Reset()],
        {},
    ),
    "is no JSON": (lambda seen: [reply(200, repeated(seen))], {}),
    "never answers": ([Stall()], {}),
    "never shakes hands": ([], {"never_tls": True}),
}


def told(seen: Seen) -> bytes:
    """The token that the endpoint was sent."""
    return (seen.header("authorization") or "-").encode()


def error_message(seen: Seen) -> bytes:
    return encode(1, json.dumps({"type": "error", "message": told(seen).decode()}).encode())


SOCKET_STAGES: dict[str, tuple[Script, dict[str, Any]]] = {
    "socket: errs and says the token": (
        lambda seen: [
            upgrade(seen),
            Send(error_message(seen) + encode(8, close_payload(4000, told(seen).decode()))),
            Stall(),
        ],
        {},
    ),
    "socket: echoes": (
        lambda seen: [
            upgrade(seen),
            Send(encode(1, b'{"type":"final","text":"%b"}' % told(seen)) + encode(2, told(seen))),
            Stall(),
        ],
        {},
    ),
    "socket: refuses the token": (lambda seen: [reply(401, in_json(seen))], {}),
    "socket: fails": (lambda seen: [reply(500, repeated(seen), ("x-seen", "y"))], {}),
    "socket: redirects": (
        lambda seen: [redirect(307, f"wss://x.example/{repeated(seen)[:900].hex()}")],
        {},
    ),
    "socket: upgrades to the token": (
        lambda seen: [upgrade(seen, upgrade=told(seen).decode())],
        {},
    ),
    "socket: speaks no HTTP": (lambda seen: [Send(repeated(seen)), Close()], {}),
    "socket: no frames": (lambda seen: [upgrade(seen), Send(repeated(seen)), Stall()], {}),
    "socket: a bad close": (
        lambda seen: [upgrade(seen), Send(encode(8, b"\3\xed" + told(seen))), Stall()],
        {},
    ),
    "socket: breaks off": (
        lambda seen: [upgrade(seen), Send(encode(1, told(seen), final=False)), Reset()],
        {},
    ),
    "socket: never answers": ([Stall()], {}),
    "socket: never shakes hands": ([], {"never_tls": True}),
}


@pytest.fixture
def platform(new_live: NewLive) -> LivePlatform:
    return new_live().start(worker=True)


@pytest.fixture
def owner(platform: LivePlatform) -> dict[str, str]:
    """A tenant with a key and somebody who may sign in, as the command prints them."""
    command = ("tenant_create", "Acme", "--plan", "pro", "--owner-email", "ann@acme.org", "--json")
    made: dict[str, str] = json.loads(platform.manage(*command))
    return made


@pytest.fixture
def rest(platform: LivePlatform, owner: dict[str, str]) -> Iterator[Rest]:
    made = Rest(platform, owner["api_key"])
    yield made
    made.close()


def make_endpoint(
    rest: Rest, planted: Planted, stage: str, url: str, wire_format: str = "openai-chat"
) -> str:
    """One with a bearer token and a signed URL of its own; its id."""
    token, signature = planted.plant(f"token: {stage}"), planted.plant(f"query: {stage}")
    body = {
        "name": stage,
        "channel": CHANNELS[wire_format],
        "wire_format": wire_format,
        "url": f"{url}?sig={signature}",
        "auth": {"type": "bearer", "token": token},
        "timeouts": CLOCKS | SHORT.get(stage.removeprefix("socket: "), {}),
    }
    return str(rest.ask("POST", "/endpoints", body)["id"])


def make_agent(
    rest: Rest, planted: Planted, endpoint: str, channel: str = "llm", path: str = CHAT
) -> tuple[str, list[str]]:
    """The hosted base URL, and keys in every place that a caller may put one."""
    agent = rest.ask("POST", "/agents", {"name": "a", channel: endpoint})
    base, name = agent["urls"]["llm"]["openai-chat"].removesuffix("/v1"), agent["id"]
    made = {"name": "k", "scopes": [channel], "agent": name}
    key = rest.ask("POST", "/api-keys", made, keep=False)["key"]
    asked = {"agent": name, "channels": [channel], "ttl": 600}
    token = rest.ask("POST", "/session-tokens", asked, keep=False)["token"]
    planted.secrets[f"key of {endpoint}"] = key
    planted.secrets[f"session token for {endpoint}"] = token
    return base, [f"{path}?token={token}", f"/t/{key}{path}", f"/t/{token}{path}"]


def call(base: str, places: list[str], words: str, key: str) -> None:
    """Streaming and not, with keys in the URL and in headers, right ones and one too long."""
    body = {"model": "m", "messages": [{"role": "user", "content": words}], "user": words}
    header = {"authorization": f"Bearer {key}", "x-vapi-secret": key}
    for stream in (True, False):
        for place in places:
            httpx.post(base + place, json={**body, "stream": stream}, timeout=20)
        httpx.post(base + CHAT, json={**body, "stream": stream}, headers=header, timeout=20)
    httpx.post(base + CHAT, content=words.encode(), headers=header, timeout=20)
    httpx.post(base + CHAT, json=body, headers={"authorization": f"Bearer {key}x"}, timeout=20)
    httpx.post(f"{base}x{CHAT}", json=body, headers=header, timeout=20)


def hold(base: str, places: list[str], words: str, key: str) -> list[int]:
    """Sessions, with keys in the URL and in headers, right ones and one too long; what is said is
    text, sound and no frame. The status of each upgrade."""
    url = base.replace("http", "ws", 1)
    given = [(place, {}) for place in places]
    given += [("/stt", {"authorization": f"Bearer {key}"}), ("/stt", {"x-api-key": key})]
    given += [("/stt", {"authorization": f"Bearer {key}x"}), (f"/{words}", {"api-key": key})]
    statuses = []
    for place, headers in given:
        try:
            with connect(url + place, additional_headers=headers, proxy=None) as peer:
                statuses.append(101)
                say(peer, words)
        except InvalidStatus as refused:
            statuses.append(refused.response.status_code)
    return statuses


def say(peer: ClientConnection, words: str) -> None:
    with contextlib.suppress(ConnectionClosed, OSError):
        peer.send(json.dumps({"type": "finalize", "words": words}))
        peer.send(words.encode())
        peer.recv(1)
        peer.socket.sendall(words.encode())
        while True:
            peer.recv(1)


def misuse(rest: Rest, planted: Planted) -> None:
    """Secrets in wrong fields, wrong shapes and wrong places."""
    lost = planted.plant("token in a refused body")
    endpoint = {"name": "n", "channel": "llm", "wire_format": "openai-chat"}
    for body in (
        {
            **endpoint,
            "url": "https://a.example.com/",
            "auth": {"type": "bearer", "token": f"{lost}\n"},
        },
        {**endpoint, "url": "https://a.example.com/", "auth": {"type": "bearer", "tokn": lost}},
        {**endpoint, "url": "https://a.example.com/", "auth": lost},
        {**endpoint, "url": f"http://a.example.com/?sig={lost}"},
        {**endpoint, "url": f"https://user:{lost}@a.example.com/"},
        {**endpoint, "url": f"https://10.0.0.1/?sig={lost}"},
        {**endpoint, "token": lost},
    ):
        rest.ask("POST", "/endpoints", body)
    provider = {"provider": "custom-llm", "name": "n", "hosts": ["a.example.com"]}
    for auth in (
        {"type": "header", "header": "content-length", "value": lost},
        {"type": "header", "header": f"bad header {lost}"[:10], "value": lost},
        {"type": "bearer", "token": [lost]},
    ):
        rest.ask("POST", "/providers", {**provider, "auth": auth})
    rest.ask("GET", f"/events?token={lost}")
    rest.ask("GET", f"/nowhere?sig={lost}")


def break_secrets(platform: LivePlatform, endpoint: str) -> None:
    """The stored credential of one endpoint no longer opens."""
    statement = "UPDATE tenant_providers SET secrets = replace(secrets, ':', ':A') WHERE {}"
    platform.ask("sql", statement=statement.format("owner_endpoint_id = %s"), values=[endpoint])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_planted_secret_is_found_anywhere(
    platform: LivePlatform, owner: dict[str, str], rest: Rest, upstream: StartUpstream
) -> None:
    planted, started, key = Planted(), dict[str, Upstream](), owner["api_key"]
    planted.secrets |= {"key of the tenant": key, "password": owner["owner_password"]}
    calls = list[Future[None]]()
    words = planted.plant("words of a caller")
    endpoints = {}
    with ThreadPoolExecutor() as callers:
        for stage, (script, options) in STAGES.items():
            started[stage] = upstream(script, **options)
            endpoints[stage] = make_endpoint(rest, planted, stage, started[stage].url + CHAT)
            base, places = make_agent(rest, planted, endpoints[stage])
            calls.append(callers.submit(call, base, places, words, key))
    for each in calls:
        each.result()
    value = planted.plant("value of a header")
    auth = {"type": "header", "header": "x-api-key", "value": value}
    body = {"auth": auth, "name": "with a header"}
    rest.ask("PATCH", f"/endpoints/{endpoints['fails']}", body)
    misuse(rest, planted)
    wait_for_runs(rest)
    break_secrets(platform, endpoints["all well"])
    rest.ask("POST", f"/endpoints/{endpoints['all well']}/validate")
    rest.ask("PATCH", f"/endpoints/{endpoints['all well']}", {"auth": {"type": "bearer"}})
    wait_for_runs(rest)
    rest.read_all()
    pages = read_admin(platform, owner)
    assert len(STAGES) * 2 < len(pages) < MOST_PAGES, "the crawl is complete"

    sent = b"".join(repeated(seen) for each in started.values() for seen in each.requests)
    expected = {f"token: {stage}" for stage in STAGES if stage != "never shakes hands"}
    assert expected | {"words of a caller", "value of a header"} <= planted.found_in(sent)
    platform.stop("worker")
    platform.stop("serve")
    found = {
        where: what
        for where, data in (*traces(platform, rest), *pages)
        if (what := planted.found_in(data))
    }
    assert found == {}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_planted_secret_of_a_session_is_found_anywhere(
    platform: LivePlatform, owner: dict[str, str], rest: Rest, upstream: StartUpstream
) -> None:
    planted, started, key = Planted(), dict[str, Upstream](), owner["api_key"]
    planted.secrets |= {"key of the tenant": key}
    words = planted.plant("words of a caller")
    statuses = Counter[int]()
    sessions = list[Future[list[int]]]()
    with ThreadPoolExecutor() as callers:
        for stage, (script, options) in SOCKET_STAGES.items():
            server = started[stage] = upstream(script, **options)
            url = server.url.replace("https", "wss")
            endpoint = make_endpoint(rest, planted, stage, url, "rymi-stt")
            base, places = make_agent(rest, planted, endpoint, "transcriber", "/stt")
            sessions.append(callers.submit(hold, base, places, words, key))
    for each in sessions:
        statuses.update(each.result())
    wait_for_runs(rest)
    rest.read_all()
    pages = read_admin(platform, owner)
    assert statuses.keys() == {101, 401, 404, 500, 502, 504}, "every way of failing was met"
    assert statuses[401] == len(SOCKET_STAGES) + 5, "the wrong key, and the endpoint's own refusal"

    sent = b"".join(repeated(seen) for each in started.values() for seen in each.requests)
    expected = {f"token: {stage}" for stage in SOCKET_STAGES if "shakes hands" not in stage}
    assert expected <= planted.found_in(sent)
    platform.stop("worker")
    platform.stop("serve")
    found = {
        where: what
        for where, data in (*traces(platform, rest), *pages)
        if (what := planted.found_in(data))
    }
    assert found == {}


@pytest.mark.slow
def test_the_search_finds_what_is_stored_in_clear(platform: LivePlatform, rest: Rest) -> None:
    """Names are not secret: the database file, the API and the search itself must show one."""
    planted = Planted()
    rest.ask("POST", "/agents", {"name": planted.plant("a name")})
    platform.stop("worker")
    platform.stop("serve")
    seen = {where for where, data in traces(platform, rest) if planted.found_in(data)}
    assert "POST /agents" in seen
    assert any(where.startswith("patchbay.sqlite3") for where in seen)
    coats: list[Callable[[bytes], bytes]] = [
        base64.b64encode,
        lambda text: base64.b64encode(b"x" + text + b"yy"),
        lambda text: base64.b64encode(b"xy" + text),
        lambda text: text.hex().encode(),
    ]
    for coat in coats:
        assert planted.found_in(coat(planted.secrets["a name"].encode())) == {"a name"}
