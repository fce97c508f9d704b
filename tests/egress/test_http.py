import json

import pytest

from egress.errors import TimedOut, UrlRefused
from egress.http import Client, Clocks, Response
from egress.policy import Policy
from tests.egress.conftest import Ask
from tests.upstreams import Chat, Wait, eventually
from tests.upstreams.fixtures import StartUpstream

ASK = json.dumps({"stream": True, "messages": []}).encode()


async def read_all(response: Response) -> bytes:
    body = b""
    while piece := await response.read():
        body += piece
    return body


async def test_a_stream_arrives_and_the_connection_is_used_again(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream(Chat(pause=0.002), host="llm.test.localhost")
    for number in range(3):
        response = await client.send(ask(server.url + "/v1/chat/completions", ASK))
        assert response.status == 200
        assert response.headers["content-type"] == "text/event-stream"
        assert (await read_all(response)).endswith(b"data: [DONE]\n\n")
        assert response.timing.reused is (number > 0)
    assert len(server.connections) == 1


async def test_a_large_body_arrives_whole(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream(Chat())
    body = json.dumps({"messages": ["x" * (32 << 20)]}).encode()
    response = await client.send(ask(server.url, body))
    assert response.status == 200
    assert server.requests[0].body == body


async def test_an_answer_that_does_not_begin_runs_into_its_clock(
    upstream: StartUpstream, client: Client, ask: Ask
) -> None:
    server = upstream([Wait(5)])
    with pytest.raises(TimedOut) as caught:
        await client.send(ask(server.url, clocks=Clocks(first_byte=0.1)))
    assert caught.value.clock == "first_byte"
    await eventually(server.connections[0].gone.is_set)


async def test_loopback_is_refused_unless_the_operator_opened_it(
    upstream: StartUpstream, ask: Ask
) -> None:
    server = upstream(Chat())
    closed = Client(Policy())
    with pytest.raises(UrlRefused):
        await closed.send(ask(server.url))
    await closed.aclose()
    assert not server.connections
