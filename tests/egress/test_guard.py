"""What the door lets through, seen from outside: by the kernel's connects and by the servers."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence

import pytest
from dnslib import AAAA, CNAME, QTYPE, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSLogger, DNSServer

from egress.errors import AddressRefused, BadResponse, NameNotResolved, UrlRefused
from egress.http import Client, Request, Response
from egress.lookups import Lookup
from egress.policy import Policy
from tests.egress.audit import connects
from tests.egress.conftest import Ask
from tests.egress.hostile import OWN_HOST, hostile_urls
from tests.egress.leaks import nothing_left
from tests.servers.program import free_port
from tests.upstreams import Authority, Send, Upstream, head, redirect, reply
from tests.upstreams.fixtures import StartUpstream

SECRETS = (
    ("authorization", "Bearer canary-1"),
    ("x-api-key", "canary-2"),
    ("content-type", "application/json"),
)
ROUNDS = 5000
GOOD, BAD = "127.0.0.2", "127.0.0.3"


async def test_no_hostile_url_of_a_raw_row_opens_a_socket(ask: Ask) -> None:
    asked: list[str] = []

    def lookup(name: str) -> list[str]:
        asked.append(name)
        return ["127.0.0.1"]

    client = Client(Policy.of(public_url=f"https://{OWN_HOST}"), lookup=lookup)
    with connects() as seen:
        for scheme in ("https", "wss"):
            for url in hostile_urls(scheme):
                with pytest.raises(UrlRefused):
                    await client.send(ask(url))
    assert seen == []
    assert asked == []
    await client.aclose()


class Flipping(BaseResolver):  # type: ignore[misc] # dnslib has no types
    """Answers each question anew: good, bad, both, an alias of a bad name, a mapped address."""

    def __init__(self) -> None:
        self.random = random.Random(7)
        self.questions = 0

    def resolve(self, request: DNSRecord, handler: DNSHandler | None) -> DNSRecord:
        self.questions += 1
        answer = request.reply()
        name, kind = request.q.qname, QTYPE[request.q.qtype]
        if kind == "AAAA":
            mapped = self.random.random() < 0.1
            if mapped:
                answer.add_answer(RR(name, QTYPE.AAAA, rdata=AAAA("::ffff:7f00:3")))
            return answer
        choice = self.random.randrange(6)
        if choice == 4:
            answer.add_answer(RR(name, QTYPE.CNAME, rdata=CNAME("inner.example.net")))
        addresses = {0: [GOOD], 1: [BAD], 2: [GOOD, BAD], 3: [BAD, GOOD], 4: [BAD], 5: []}[choice]
        for address in addresses:
            answer.add_answer(RR(name, QTYPE.A, rdata=A(address), ttl=0))
        return answer


@pytest.fixture
def name_server() -> Iterator[DNSServer]:
    server = DNSServer(Flipping(), address="127.0.0.1", port=0, logger=DNSLogger("-", False))
    server.start_thread()
    yield server
    server.stop()
    server.server.server_close()
    server.thread.join(5)


def lookup_with(ask: Callable[[DNSRecord], DNSRecord]) -> Lookup:
    def lookup(name: str) -> Sequence[str]:
        answers = [ask(DNSRecord.question(name, kind)).rr for kind in ("A", "AAAA")]
        records = [record for answer in answers for record in answer]
        return [str(record.rdata) for record in records if record.rtype != QTYPE.CNAME]

    return lookup


@pytest.mark.slow
@pytest.mark.parametrize("wire", [True, False], ids=["over UDP", "in memory"])
async def test_a_name_server_that_flips_never_leads_to_a_refused_address(
    upstream: StartUpstream, authority: Authority, name_server: DNSServer, ask: Ask, wire: bool
) -> None:
    """5,000 dispatches on each event loop, a tenth of them against a real name server."""
    port = name_server.server.server_address[1]
    rounds = ROUNDS // 10 if wire else ROUNDS * 9 // 10
    if wire:
        lookup = lookup_with(
            lambda query: DNSRecord.parse(query.send("127.0.0.1", port, timeout=5))
        )
    else:
        resolver = Flipping()
        lookup = lookup_with(lambda query: resolver.resolve(query, None))
    context = authority.context("rebind.example.com")
    both = {"context": context, "port": free_port()}
    good = upstream([reply(200, b"good")], address=GOOD, **both)
    bad = upstream([reply(200, b"bad")], address=BAD, **both)
    policy = Policy.of(allow_cidrs=[f"{GOOD}/32"], ca_file=authority.ca_file)
    ends = {"answered": 0, "AddressRefused": 0, "NameNotResolved": 0}

    async def lane(number: int) -> None:
        for round_ in range(rounds // 10):
            # Mostly fresh pools, so that nearly each dispatch resolves and connects anew.
            pool = (f"ten_{number}", str(round_ // 2))
            url = f"https://rebind.example.com:{good.port}/"
            try:
                response = await client.send(ask(url, pool=pool, headers=SECRETS))
                assert await response.read() == b"good"
                ends["answered"] += 1
            except (AddressRefused, NameNotResolved) as error:
                ends[type(error).__name__] += 1
                client._resolver._negative.clear()

    client = Client(policy, lookup=lookup)
    with connects() as seen:
        try:
            await asyncio.gather(*(lane(number) for number in range(10)))
        finally:
            await client.aclose()
    assert sum(ends.values()) == rounds
    assert min(ends.values()) > rounds / 50
    assert set(seen) == {GOOD}
    assert bad.connections == []


@pytest.mark.parametrize("status", [*range(300, 309), 399])
async def test_no_redirect_is_followed_and_no_secret_leaves(
    upstream: StartUpstream, client: Client, ask: Ask, status: int
) -> None:
    second = upstream([reply(200, b"stolen")], host="llm.test.localhost")
    for location in (second.url, f"//llm.test.localhost:{second.port}/", "/again", "", "\thttps:"):
        first = upstream([redirect(status, location)])
        with pytest.raises(BadResponse) as caught:
            await client.send(ask(first.url + "/?sig=canary-3", headers=SECRETS))
        assert caught.value.category == "redirect"
        assert str(status) in caught.value.detail
        assert len(first.requests) == 1
        assert_unseen(second)


async def test_a_refresh_or_location_beside_a_200_is_not_followed_either(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    second = upstream([reply(200, b"stolen")])
    fields = (("refresh", f"0;url={second.url}"), ("location", second.url))
    first = upstream([Send(head(201, ("content-length", "2"), *fields) + b"ok")])
    response: Response = await client.send(ask(first.url, headers=SECRETS))
    assert (response.status, await response.read()) == (201, b"ok")
    assert_unseen(second)


def assert_unseen(server: Upstream) -> None:
    assert server.connections == []
    assert server.requests == []


async def test_proxies_of_the_environment_are_not_used(
    upstream: StartUpstream, client: Client, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = upstream([reply(200, b"proxied")])
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY", "SSLKEYLOGFILE"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    server = upstream([reply(200, b"direct")])
    response = await client.send(ask(server.url))
    assert await response.read() == b"direct"
    assert_unseen(proxy)


async def test_connections_of_different_owners_are_never_shared(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream([reply(200, b"ok")])
    other = upstream([reply(200, b"ok")])
    requests: list[Request] = [
        ask(server.url, pool=("ten_1", "1")),
        ask(server.url, pool=("ten_2", "1")),
        ask(server.url, pool=("ten_1", "2")),
        ask(server.url.replace("localhost", "llm.test.localhost"), pool=("ten_1", "1")),
        ask(other.url, pool=("ten_1", "1")),
    ]
    async with nothing_left():
        for _ in range(3):
            for request in requests:
                response = await client.send(request)
                assert await response.read() == b"ok"
                assert await response.read() == b""
        assert len(server.connections) == 4
        assert len(other.connections) == 1
        await client.aclose()
