import asyncio
import gc
from contextlib import suppress

from egress.exchange import Request
from egress.http import Client, Clocks
from tests.egress.conftest import Ask
from tests.egress.leaks import nothing_left
from tests.upstreams import eventually
from tests.upstreams.fixtures import StartUpstream


def tls_states() -> int:
    """How many TLS states the event loop keeps, asyncio's or uvloop's."""
    gc.collect()
    return sum(type(each).__name__ == "SSLProtocol" for each in gc.get_objects())


async def cancelled_after(rounds: int, client: Client, request: Request) -> None:
    """A call that its caller gives up after so many rounds of the loop."""
    call = asyncio.create_task(client.send(request))
    for _ in range(rounds):
        await asyncio.sleep(0)
    call.cancel()
    with suppress(asyncio.CancelledError):
        await call


async def test_a_handshake_given_up_at_any_moment_leaves_no_tls_state(
    client: Client, upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream([], never_tls=True)
    request = ask(server.url, clocks=Clocks(tls=60))
    before = tls_states()
    async with nothing_left():
        for rounds in range(40):
            await cancelled_after(rounds, client, request)
    assert server.connections
    await eventually(lambda: tls_states() <= before, within=5, instead=tls_states)
