"""The servers on the pages of transcriber formats do what the pages say."""

import re
import types
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.ears import SERVERS
from tests.gateway.test_ear_pairs import tone
from tests.gateway.test_transcriber import dial, event_of
from tests.live import LiveTenant
from tests.upstreams.fixtures import StartSockets
from tests.upstreams.sockets import Session

PAGES = Path(__file__).parents[2] / "docs" / "formats"


def server_of(wire_format: str) -> Any:
    """`hear` of the page's last Python block."""
    blocks = re.findall(r"```python\n(.*?)```", (PAGES / f"{wire_format}.md").read_text(), re.S)
    module = types.ModuleType("server")
    exec(blocks[-1], module.__dict__)
    return module.__dict__["hear"]


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
        while '"interim"' not in str(peer.recv(5)):
            pass
        peer.send('{"type":"finalize"}')
        while '"utterance_end"' not in (said := str(peer.recv(5))):
            assert "hel" in said
        peer.send('{"type":"close"}')
    assert event_of(tenant)["outcome"] == "ok"
