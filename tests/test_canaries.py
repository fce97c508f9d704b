"""Secrets are planted, everything is made to fail, and then every trace is searched for them.

The platform is the real one (`serve` and `worker`). Endpoints repeat in their answers whatever they
were sent, as the worst of them do.
"""

import base64
import json
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
import pytest

from tests.live import LivePlatform, NewLive
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Close, Reset, Script, Seen, Send, Stall, head, redirect, reply
from tests.upstreams.server import Upstream

CHAT = "/v1/chat/completions"
CLOCKS = {"connect": 2, "tls": 2, "first_byte": 2, "idle": 2, "total": 10}
MOST_PAGES = 2000
FINISHED = {"passed", "warning", "failed"}


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


@dataclass
class Planted:
    """What must not be found, by what it is."""

    secrets: dict[str, str] = field(default_factory=dict)

    def plant(self, what: str) -> str:
        self.secrets[what] = f"canary{secrets.token_hex(14)}"
        return self.secrets[what]

    def found_in(self, data: bytes) -> set[str]:
        """Which secrets stand in `data`, plainly or in a coat that anybody takes off."""
        return {
            what
            for what, text in self.secrets.items()
            if any(form in data for form in (text.encode(), *_coats(text)))
        }


def _coats(text: str) -> Iterator[bytes]:
    """Hex, and base64 at each of the three ways that bytes before it can shift it."""
    yield text.encode().hex().encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text.encode())
        yield encoded[4 if shift else 0 : -4]


class Rest:
    """The REST API of the running platform; keeps every answer but those that show a key once."""

    def __init__(self, platform: LivePlatform, key: str) -> None:
        self._client = httpx.Client(base_url=f"{platform.url}/api/v1", timeout=20)
        self._headers = {"authorization": f"Bearer {key}"}
        self.answers: list[tuple[str, bytes]] = []

    def close(self) -> None:
        self._client.close()

    def ask(self, method: str, path: str, body: Any = None, *, keep: bool = True) -> Any:
        headers = {**self._headers, "idempotency-key": secrets.token_hex(8)}
        answer = self._client.request(method, path, json=body, headers=headers)
        if keep:
            told = repr(answer.headers.multi_items()).encode() + answer.content
            self.answers.append((f"{method} {path}", told))
        return answer.json() if answer.content else None

    def read_all(self) -> None:
        """Every list, and every object in it."""
        for kind in ("api-keys", "providers", "endpoints", "agents", "validation-runs", "events",
                     "calls"):  # fmt: skip
            for row in self.ask("GET", f"/{kind}?limit=100")["data"]:
                self.ask("GET", f"/{kind}/{row['id']}")
        for path in ("/me", "/usage"):
            self.ask("GET", path)


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


def read_admin(platform: LivePlatform, owner: dict[str, str]) -> list[tuple[str, bytes]]:
    """Every page of the admin that its pages lead to, sign-in and sign-out aside."""
    with httpx.Client(base_url=platform.url, follow_redirects=True, timeout=20) as client:
        client.get("/admin/login/")
        form = {
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
            "username": owner["owner_email"],
            "password": owner["owner_password"],
        }
        client.post("/admin/login/?next=/admin/", data=form, headers={"referer": platform.url})
        pages, todo = dict[str, bytes](), ["/admin/"]
        while todo:
            path = todo.pop()
            if path in pages or "log" in path or len(pages) == MOST_PAGES:
                continue
            answer = client.get(path)
            pages[path] = answer.content
            todo += re.findall(r'(?:href|hx-get)="(/admin/[^"#?]*)', answer.text)
    return list(pages.items())


def make_endpoint(rest: Rest, planted: Planted, stage: str, url: str) -> str:
    """One with a bearer token and a signed URL of its own; its id."""
    token, signature = planted.plant(f"token: {stage}"), planted.plant(f"query: {stage}")
    body = {
        "name": stage,
        "channel": "llm",
        "wire_format": "openai-chat",
        "url": f"{url}{CHAT}?sig={signature}",
        "auth": {"type": "bearer", "token": token},
        "timeouts": CLOCKS,
    }
    return str(rest.ask("POST", "/endpoints", body)["id"])


def make_agent(rest: Rest, planted: Planted, endpoint: str) -> tuple[str, list[str]]:
    """The hosted base URL, and keys in every place that a caller may put one."""
    agent = rest.ask("POST", "/agents", {"name": "a", "llm": endpoint})
    base, name = agent["urls"]["llm"]["openai-chat"].removesuffix("/v1"), agent["id"]
    made = {"name": "k", "scopes": ["llm"], "agent": name}
    key = rest.ask("POST", "/api-keys", made, keep=False)["key"]
    asked = {"agent": name, "channels": ["llm"], "ttl": 600}
    token = rest.ask("POST", "/session-tokens", asked, keep=False)["token"]
    planted.secrets[f"key of {endpoint}"] = key
    planted.secrets[f"session token for {endpoint}"] = token
    return base, [f"{CHAT}?token={token}", f"/t/{key}{CHAT}", f"/t/{token}{CHAT}"]


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


def wait_for_runs(rest: Rest) -> None:
    deadline = time.monotonic() + 90
    while True:
        runs = rest.ask("GET", "/validation-runs?limit=100", keep=False)["data"]
        if runs and all(run["status"] in FINISHED for run in runs):
            return
        assert time.monotonic() < deadline, runs
        time.sleep(0.2)


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


def traces(platform: LivePlatform, rest: Rest) -> Iterator[tuple[str, bytes]]:
    """Everything that the platform left behind or said."""
    yield from rest.answers
    for path in sorted(platform.folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(platform.folder)), path.read_bytes()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_planted_secret_is_found_anywhere(
    platform: LivePlatform, owner: dict[str, str], rest: Rest, upstream: StartUpstream
) -> None:
    planted, started, key = Planted(), dict[str, Upstream](), owner["api_key"]
    planted.secrets |= {"key of the tenant": key, "password": owner["owner_password"]}
    words = planted.plant("words of a caller")
    endpoints = {}
    for stage, (script, options) in STAGES.items():
        started[stage] = upstream(script, **options)
        endpoints[stage] = make_endpoint(rest, planted, stage, started[stage].url)
        base, places = make_agent(rest, planted, endpoints[stage])
        call(base, places, words, key)
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
