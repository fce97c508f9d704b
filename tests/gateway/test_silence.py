"""Peers of a session that fall silent without a word, as a frozen machine does: the process at the
other end is stopped, its kernel goes on acknowledging."""

import asyncio
import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close

from tests.gateway.test_sessions import ending
from tests.gateway.test_transcriber import dial, event_of
from tests.live import ROOT, LiveTenant
from tests.upstreams.authority import Authority
from tests.upstreams.fixtures import StartSockets
from tests.upstreams.sockets import Session

MOST = 40.0

ENDPOINT = """
import asyncio, ssl, sys
from websockets.asyncio.server import serve

async def talk(peer):
    async for message in peer:
        await peer.send('{"type":"interim","text":"a"}')

async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[1:3])
    async with serve(talk, "127.0.0.1", 0, ssl=context, compression=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.serve_forever()

asyncio.run(main())
"""
CALLER = """
import sys
from websockets.sync.client import connect
with connect(sys.argv[1], additional_headers={"authorization": sys.argv[2]}, proxy=None) as peer:
    print(peer.recv(20), flush=True)
    for message in peer:
        pass
"""


@pytest.fixture
def processes() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def started(processes: ExitStack, program: str, *arguments: str) -> tuple["Popen[str]", str]:
    """The process, and the first line that it printed."""
    command = [sys.executable, "-c", program, *arguments]
    process = processes.enter_context(Popen(command, stdout=PIPE, text=True, cwd=ROOT))
    processes.callback(process.kill)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@pytest.mark.acceptance
@pytest.mark.parametrize("size", [0, 640, 65536], ids=["silent", "talking", "flooding"])
def test_an_endpoint_whose_process_is_stopped_is_found_within_40_s(
    tenant: LiveTenant, authority: Authority, tmp_path: Path, processes: ExitStack, size: int
) -> None:
    """Whatever its caller does meanwhile."""
    endpoint, port = started(processes, ENDPOINT, *authority.files(tmp_path))
    agent = tenant.transcriber(f"wss://localhost:{port}/")
    with dial(agent, tenant) as peer:
        peer.send(b"ab")
        assert json.loads(peer.recv(20))["text"] == "a"
        talking = threading.Thread(target=talk_on, args=(peer, bytes(size)))
        endpoint.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        if size:
            talking.start()
        got, closed = ending(peer, MOST + 5)
        took = time.monotonic() - began
    if size:
        talking.join(10)
    assert took < MOST
    assert json.loads(got[-1])["code"] == "upstream_timeout"
    assert closed == Close(1011, "upstream_timeout")
    assert event_of(tenant)["outcome"] == "upstream_timeout"


def talk_on(peer: Any, audio: bytes) -> None:
    try:
        while True:
            peer.send(audio)
            time.sleep(0.02)
    except ConnectionClosed:
        return


@pytest.mark.acceptance
@pytest.mark.parametrize("size", [0, 120, 65536], ids=["silent", "talking", "flooding"])
def test_a_caller_whose_process_is_stopped_is_found_within_40_s(
    tenant: LiveTenant, sockets: StartSockets, processes: ExitStack, size: int
) -> None:
    """Whatever its endpoint does meanwhile."""

    async def talk(session: Session) -> None:
        await session.peer.send("hello")
        while size:
            await session.peer.send("x" * size)
            await asyncio.sleep(0.02)
        await session.take()

    server = sockets(talk, ping_interval=None)
    agent = tenant.transcriber(server.url)
    authorization = tenant.headers["authorization"]
    caller, _ = started(processes, CALLER, agent.stt_url, authorization)
    caller.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    assert server.sessions[0].gone.wait(MOST + 5)
    assert time.monotonic() - began < MOST
    event = event_of(tenant)
    assert event["outcome"] == "client_gone"
    assert event["error"]["code"] in ("caller_silent", "caller_stalled")
