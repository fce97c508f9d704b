from datetime import UTC, datetime, timedelta

import pytest

from egress.errors import EgressError
from egress.exchange import Clocks
from egress.inspect import inspect
from egress.policy import Policy
from tests.servers.program import free_port
from tests.upstreams import Authority, Blackhole, Stall, eventually
from tests.upstreams.fixtures import StartUpstream

CLOCKS = Clocks(connect=10, tls=10)
SHORT = Clocks(connect=0.3, tls=0.3)


async def look(policy: Policy, url: str, clocks: Clocks) -> object:
    return await inspect(policy, url, schemes=("https",), owner="ten_1", clocks=clocks)


async def test_the_end_of_the_certificate_is_told_and_no_request_is_sent(
    upstream: StartUpstream, authority: Authority, loopback: Policy
) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
    server = upstream([Stall()], context=authority.context(not_after=until))
    peer = await inspect(loopback, server.url, schemes=("https",), owner="ten_1", clocks=CLOCKS)
    assert peer.certificate_until == until.timestamp()
    assert peer.tls == "TLSv1.3"
    assert 0 < peer.took < 20
    await eventually(server.connections[0].gone.is_set)
    assert not server.requests


async def test_what_is_wrong_at_the_door_is_named(
    upstream: StartUpstream, authority: Authority, loopback: Policy
) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    expired = upstream([], context=authority.context(not_after=past)).url
    other = upstream([], context=authority.context("other.example.org")).url
    silent = upstream([], never_tls=True)
    blackhole = Blackhole()
    cases = [
        (expired, "tls_failed", "has expired"),
        (other, "tls_failed", "Hostname mismatch"),
        (silent.url, "timeout_tls", "tls clock"),
        (blackhole.url, "timeout_connect", "connect clock"),
        (f"https://localhost:{free_port()}/x", "connect_failed", "refused"),
        ("https://nowhere.invalid/", "url_refused", "reserved"),
        ("http://localhost/", "url_refused", "https://"),
    ]
    for url, category, says in cases:
        with pytest.raises(EgressError, match=says) as refused:
            await look(loopback, url, SHORT if category.startswith("timeout") else CLOCKS)
        assert refused.value.category == category
    blackhole.close()
    assert not silent.requests
