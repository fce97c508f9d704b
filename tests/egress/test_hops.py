import pytest

from egress.hops import HEADER, MAX_HOPS, LoopRefused, next_hops
from egress.http import Client
from tests.egress.conftest import Ask
from tests.upstreams import reply
from tests.upstreams.fixtures import StartUpstream


def test_a_first_request_has_one_hop_and_a_chained_one_two() -> None:
    assert next_hops(None) == 1
    assert next_hops("1") == 2 == MAX_HOPS


@pytest.mark.parametrize("value", ["2", "3", "99", "100", "-1", "x", "", "1, 1", "¹", "1 "])
def test_a_third_pass_or_a_value_that_is_not_ours_is_refused(value: str) -> None:
    with pytest.raises(LoopRefused) as caught:
        next_hops(value)
    assert caught.value.code == "upstream_refused"


async def test_an_endpoint_sees_how_often_a_request_passed_through_us(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream([reply(200)])
    for hops in (1, 2):
        await client.send(ask(server.url, hops=hops))
        assert server.requests[-1].header(HEADER) == str(hops)
