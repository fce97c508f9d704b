import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from egress import connect
from egress.connect import Door
from egress.errors import (
    AddressRefused,
    ConnectFailed,
    EgressError,
    NameNotResolved,
    TimedOut,
    TlsFailed,
)
from egress.http import Client, Clocks
from egress.policy import Policy
from egress.resolve import Resolver
from egress.urls import check_url
from tests.egress.conftest import Ask
from tests.egress.leaks import nothing_left
from tests.servers.program import free_port
from tests.upstreams import Authority, Blackhole, Close, eventually, reply
from tests.upstreams.fixtures import StartUpstream

OK = [reply(200, b"ok")]
HTTPS = ("https",)


@pytest.fixture
async def connecting(loopback: Policy) -> AsyncIterator[Callable[..., Client]]:
    """Clients whose names lead to the addresses that the test says."""
    made: list[Client] = []

    def make(*addresses: str) -> Client:
        made.append(Client(loopback, lookup=lambda name: addresses))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


async def test_the_next_address_is_tried_when_one_refuses(
    upstream: StartUpstream, authority: Authority, connecting: Callable[..., Client], ask: Ask
) -> None:
    context = authority.context("llm.example.com")
    server = upstream(OK, address="127.0.0.2", port=free_port(), context=context)
    client = connecting("127.0.0.1", "127.0.0.2")
    response = await client.send(ask(f"https://llm.example.com:{server.port}/"))
    assert response.status == 200
    assert server.requests[0].header("host") == f"llm.example.com:{server.port}"


async def test_the_next_address_does_not_wait_for_one_that_hangs(
    upstream: StartUpstream, authority: Authority, connecting: Callable[..., Client], ask: Ask
) -> None:
    hole = Blackhole(free_port())
    context = authority.context("llm.example.com")
    server = upstream(OK, address="127.0.0.2", port=hole.port, context=context)
    client = connecting("127.0.0.1", "127.0.0.2")
    clocks = Clocks(connect=60)
    response = await client.send(ask(f"https://llm.example.com:{server.port}/", clocks=clocks))
    assert response.timing.connected is not None
    assert 0.2 < response.timing.connected - response.timing.started < 20
    hole.close()


async def test_no_address_that_answers_is_a_failed_connection(
    connecting: Callable[..., Client], ask: Ask
) -> None:
    for addresses in (("127.0.0.1",), ("127.0.0.1", "127.0.0.2", "127.0.0.3")):
        async with nothing_left():
            with pytest.raises(ConnectFailed) as caught:
                await connecting(*addresses).send(ask(f"https://llm.example.com:{free_port()}/"))
        assert caught.value.retryable
        assert "127" not in caught.value.detail


async def test_both_winner_and_loser_of_a_race_are_looked_after(
    upstream: StartUpstream, authority: Authority, connecting: Callable[..., Client], ask: Ask
) -> None:
    hole = Blackhole()
    client = connecting("127.0.0.1", "127.0.0.2", "127.0.0.3")
    async with nothing_left():
        for seconds in (0.05, 0.3, 0.6):
            with pytest.raises(TimedOut) as caught:
                await client.send(
                    ask(hole.url.replace("localhost", "llm.example.com"), clocks=Clocks(seconds))
                )
            assert caught.value.clock == "connect"
            assert caught.value.retryable
    hole.close()


async def test_losers_of_a_race_are_closed_whether_they_had_connected_or_not(
    upstream: StartUpstream,
) -> None:
    server = upstream(OK)
    async with nothing_left():
        attempts = [
            asyncio.create_task(connect._connect("127.0.0.1", server.port)) for _ in range(3)
        ]
        await asyncio.wait(attempts)
        attempts.append(asyncio.create_task(connect._connect("127.0.0.1", server.port)))
        connect._discard(attempts)


async def test_an_address_that_fails_at_once_is_told_at_once() -> None:
    async with nothing_left():
        with pytest.raises(OSError, match="failed"):
            await connect._connect("127.255.255.255", 9)  # a broadcast address takes no TCP


async def test_a_connection_that_is_made_as_it_is_given_up_is_given_up() -> None:
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    ready.cancel()
    connect._settle(ready)
    assert ready.cancelled()


async def test_an_ipv6_address_is_connected_to(
    upstream: StartUpstream, authority: Authority, ask: Ask
) -> None:
    server = upstream(OK, address="::1")
    client = Client(Policy.of(allow_cidrs=["::1/128"], ca_file=authority.ca_file))
    for host in ("localhost", "[::1]"):
        response = await client.send(ask(f"https://{host}:{server.port}/"))
        assert response.status == 200
        assert server.requests[-1].header("host") == f"{host}:{server.port}"
    await client.aclose()


async def test_a_mixed_answer_connects_to_nothing(
    upstream: StartUpstream, connecting: Callable[..., Client], ask: Ask
) -> None:
    server = upstream(OK)
    client = connecting("127.0.0.1", "10.0.0.1")
    with pytest.raises(AddressRefused):
        await client.send(ask(f"https://llm.example.com:{server.port}/"))
    assert not server.connections


async def test_where_the_socket_leads_is_checked_again(
    upstream: StartUpstream, loopback: Policy
) -> None:
    server = upstream(OK)
    door = Door(loopback, Resolver(loopback))
    closed = Door(Policy(), Resolver(Policy()))
    for guard, addresses in ((door, ["127.0.0.2"]), (closed, ["127.0.0.1"])):
        connected = socket.create_connection(("127.0.0.1", server.port))
        with pytest.raises(AddressRefused):
            guard._check_peer(connected, addresses)
        assert connected.fileno() == -1
    with pytest.raises(ConnectFailed):
        door._check_peer(socket.socket(), ["127.0.0.1"])


async def test_every_connection_is_checked_once_it_stands(
    upstream: StartUpstream, loopback: Policy
) -> None:
    """A door whose policy is stricter than its resolver's stands for an address that changed."""
    server = upstream(OK)
    door = Door(Policy(), Resolver(loopback))
    url = check_url(server.url, schemes=HTTPS, policy=loopback)
    with pytest.raises(AddressRefused):
        await door.open_socket(url, "ten_1", 10.0)
    await eventually(lambda: server.connections and server.connections[0].gone.is_set())


def test_tls_is_never_older_than_1_2_and_never_unverified() -> None:
    context = connect.tls_context(Policy())
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.keylog_filename is None


async def test_a_connected_socket_can_be_had_for_other_protocols(
    upstream: StartUpstream, loopback: Policy
) -> None:
    server = upstream(OK)
    door = Door(loopback, Resolver(loopback))
    url = check_url(server.url, schemes=HTTPS, policy=loopback)
    with await door.open_socket(url, "ten_1", 10.0) as connected:
        assert connected.getpeername() == ("127.0.0.1", server.port)
        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("kind", ["name", "expired", "future", "authority", "old"])
async def test_a_certificate_that_does_not_fit_is_refused_before_anything_is_sent(
    upstream: StartUpstream, authority: Authority, client: Client, ask: Ask, tmp_path: Path,
    kind: str,
) -> None:  # fmt: skip
    now, day = datetime.now(UTC), timedelta(days=1)
    contexts = {
        "name": lambda: authority.context("other.test.localhost"),
        "expired": lambda: authority.context(not_before=now - 9 * day, not_after=now - day),
        "future": lambda: authority.context(not_before=now + day),
        "authority": lambda: Authority(tmp_path).context(),
        "old": lambda: _old(authority.context()),
    }
    server = upstream(OK, host="llm.test.localhost", context=contexts[kind]())
    async with nothing_left():
        with pytest.raises(TlsFailed) as caught:
            await client.send(ask(server.url))
    assert caught.value.code == "upstream_tls_failed"
    assert not caught.value.retryable
    assert not server.requests


def _old(context: ssl.SSLContext) -> ssl.SSLContext:
    """A server that speaks nothing newer than TLS 1.1."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


async def test_the_extra_roots_are_the_operators_to_give(upstream: StartUpstream, ask: Ask) -> None:
    server = upstream(OK)
    client = Client(Policy.of(allow_cidrs=["127.0.0.0/8"]))
    with pytest.raises(TlsFailed, match="certificate is not accepted"):
        await client.send(ask(server.url))
    await client.aclose()


async def test_a_peer_that_speaks_no_tls_ends_as_what_it_does(client: Client, ask: Ask) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    for peer in (plain, closing):
        server = await asyncio.start_server(peer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with nothing_left():
            with pytest.raises(TlsFailed):
                await client.send(ask(f"https://localhost:{port}/"))
        server.close()
        await server.wait_closed()


async def test_a_handshake_that_does_not_end_runs_into_its_own_clock(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream(OK, never_tls=True)
    async with nothing_left():
        with pytest.raises(TimedOut) as caught:
            await client.send(ask(server.url, clocks=Clocks(tls=0.1)))
        assert caught.value.clock == "tls"
        await eventually(server.connections[0].gone.is_set)


async def test_the_total_clock_runs_while_connecting_too(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream(OK, never_tls=True)
    with pytest.raises(TimedOut) as caught:
        await client.send(ask(server.url, clocks=Clocks(total=0.1)))
    assert caught.value.clock == "total"


async def test_a_name_that_does_not_resolve_is_told_apart(loopback: Policy, ask: Ask) -> None:
    def nothing(name: str) -> Sequence[str]:
        raise OSError(name)

    client = Client(loopback, lookup=nothing)
    with pytest.raises(NameNotResolved) as caught:
        await client.send(ask("https://llm.example.com/"))
    assert caught.value.retryable
    await client.aclose()


async def test_a_connection_closed_during_the_handshake_is_no_oserror(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream([Close()], tls_delay=5)
    asking = asyncio.create_task(client.send(ask(server.url)))
    await eventually(lambda: server.connections)
    server.close()
    with pytest.raises(EgressError):
        await asking
