"""What callers, events and the log are told of a fault of Patchbay's own."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from egress.http import Client
from egress.policy import Policy
from endpoints.services.agents import agent_create
from gateway.consumers import HostedUrls
from gateway.state import Gateway
from tests.endpoints.rows import saved_endpoint
from tests.gateway.calls import END, HELLO, PATH, WORD, code, event_of, post
from tests.live import LivePlatform, LiveTenant
from tests.tenants import rows
from tests.upstreams import Authority
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import sse
from usage.ledger import Ledger
from usage.models import CallEvent
from usage.sink import DatabaseSink

Message = MutableMapping[str, Any]


def test_a_fault_before_the_answer_is_told_recorded_and_logged_once(
    live: LivePlatform, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream(Chat()).url + PATH)
    tenant.platform.ask(
        "sql",
        statement="UPDATE endpoints_endpoint SET wire_format = 'of-tomorrow' WHERE id = %s",
        values=[agent.endpoint_id],
    )

    got = post(agent, tenant)

    assert code(got) == (500, "internal_error")
    assert got.headers["x-patchbay-error-source"] == "gateway"
    event = event_of(tenant)
    assert event["outcome"] == "refused"
    assert event["error"]["code"] == "internal_error"
    request_id = got.headers["x-request-id"]
    (line,) = [line for line in live.log.read_text().splitlines() if request_id in line]
    assert json.loads(line)["error"] == "UnknownFormat"


@pytest.fixture
async def gateway(
    authority: Authority, tmp_path: Path, transactional_db: None
) -> AsyncIterator[Gateway]:
    """A gateway in this process, so that a test may hold the server's side of ASGI."""
    policy = Policy.of(allow_cidrs=["127.0.0.0/8"], ca_file=authority.ca_file)
    gateway = Gateway(Ledger(tmp_path, DatabaseSink()), Client(policy))
    await gateway.start()
    yield gateway
    await gateway.stop()


class Server:
    """An ASGI server whose `send` fails at the messages whose numbers are in `faults`."""

    def __init__(self, path: str, key: str, *faults: int) -> None:
        body = json.dumps({**HELLO, "stream": True}).encode()
        self._faults = faults
        self._numbers = iter(range(100))
        self._request: list[Message] = [{"type": "http.request", "body": body}]
        self.sent: list[Message] = []
        self.cut = 0
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {key}".encode())],
            "extensions": {"patchbay.abort": {"cut": self._cut}},
        }

    def _cut(self) -> None:
        self.cut += 1

    async def receive(self) -> Message:
        if not self._request:
            await asyncio.Event().wait()
        return self._request.pop()

    async def send(self, message: Message) -> None:
        if next(self._numbers) in self._faults:
            raise RuntimeError("a fault of the server's own")
        self.sent.append(message)


Answered = Callable[..., Any]


@pytest.fixture
def answered(
    gateway: Gateway, upstream: StartUpstream, settings: Any, authority: Authority
) -> Answered:
    """Has the gateway answer one streamed call through a `Server` with these faults."""
    settings.EGRESS_ALLOW_CIDRS = ("127.0.0.0/8",)
    settings.EGRESS_CA_FILE = authority.ca_file
    url = upstream(sse(*[WORD] * 3, END, "data: [DONE]", pause=0.05)).url + PATH

    def prepared() -> tuple[str, str]:
        owner = rows.tenant()
        endpoint = saved_endpoint(owner, urls=[url]).endpoint
        agent = agent_create(tenant=owner, name="Reception", slots={"llm": endpoint.id})
        return agent.id, rows.api_key(owner)[1]

    async def answer(*faults: int) -> Server:
        agent, key = await sync_to_async(prepared)()
        server = Server(f"/a/{agent}{PATH}", key, *faults)
        await HostedUrls(gateway)(server.scope, server.receive, server.send)
        return server

    return answer


async def shipped() -> CallEvent:
    """The one event, once the ledger has brought it to the database."""
    for _ in range(1500):
        if (event := await CallEvent.objects.afirst()) is not None:
            return event
        await asyncio.sleep(0.02)
    raise AssertionError("no event within half a minute")


async def test_a_fault_inside_a_stream_ends_it_with_an_error(answered: Answered) -> None:
    server = await answered(2)

    last = server.sent[-1]
    told = last["body"].decode().strip().rpartition("\n\n")[2].removeprefix("data: ")
    assert json.loads(told)["error"]["code"] == "internal_error"
    assert not last["more_body"]
    assert not server.cut
    event = await shipped()
    assert event.outcome == "refused"
    assert event.error["code"] == "internal_error"


async def test_a_fault_that_keeps_the_error_back_too_cuts_the_connection(
    answered: Answered,
) -> None:
    server = await answered(2, 3)

    assert server.cut == 1
    event = await shipped()
    assert event.error["code"] == "internal_error"
