"""The servers on the pages of transcriber formats do what the pages say."""

import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.gateway.test_ear_pairs import tone
from tests.gateway.test_transcriber import dial, event_of
from tests.live import LiveTenant
from tests.servers.program import Program
from tests.shapes.transcriber import SERVERS
from tests.upstreams.fixtures import StartSockets
from tests.upstreams.sockets import Session

PAGES = Path(__file__).parents[2] / "docs" / "formats"


def source_of(wire_format: str) -> str:
    """The page's last Python block."""
    page = (PAGES / f"{wire_format}.md").read_text()
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)[-1]


def server_of(wire_format: str) -> Any:
    """`hear` of the page."""
    module = types.ModuleType("server")
    exec(source_of(wire_format), module.__dict__)
    return module.__dict__["hear"]


class Copied(Program):
    """The page's block as a program of its own, at a port that is free here."""

    def __init__(self, wire_format: str) -> None:
        super().__init__()
        self._source = source_of(wire_format).replace("8765", str(self.port))

    def command(self) -> list[str]:
        return [sys.executable, "-c", self._source]

    def answers(self) -> bool:
        try:
            with connect(f"ws://127.0.0.1:{self.port}", proxy=None):
                return True
        except OSError:
            return False


@pytest.mark.parametrize("wire_format", SERVERS)
def test_the_server_of_the_page_runs_as_it_is_copied(wire_format: str) -> None:
    server = Copied(wire_format)
    try:
        server.start()
    finally:
        server.close()


@pytest.mark.parametrize("wire_format", SERVERS)
def test_the_server_of_the_page_hears_a_caller(
    wire_format: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    hear = server_of(wire_format)

    async def talk(session: Session) -> None:
        await hear(session.peer)

    agent = tenant.transcriber(sockets(talk).url, wire_format=wire_format)
    with dial(agent, tenant) as peer:
        for _ in range(10):
            peer.send(tone(0.1, 16_000))
        while '"interim"' not in str(peer.recv(20)):
            pass
        peer.send('{"type":"finalize"}')
        while '"utterance_end"' not in (said := str(peer.recv(20))):
            assert "hel" in said
        peer.send('{"type":"close"}')
    assert event_of(tenant)["outcome"] == "ok"


def test_the_server_of_our_own_formats_page_finds_the_end_of_speech(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    hear = server_of("rymi-stt")

    async def talk(session: Session) -> None:
        await hear(session.peer)

    with dial(tenant.transcriber(sockets(talk).url), tenant) as peer:
        for piece in [tone(0.1, 16_000)] * 3 + [bytes(3200)] * 7:
            peer.send(piece)
        while '"final"' not in str(peer.recv(20)):
            pass
        peer.send('{"type":"close"}')
