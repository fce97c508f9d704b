"""The server on the page of jambonz' streaming TTS does what the page says."""

import re
import types
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from tests.gateway.calls import event_of
from tests.gateway.speaking import SAY
from tests.live import LiveTenant
from tests.shapes.voice.jambonz_tts_stream import STREAM, Streamer
from tests.upstreams.fixtures import StartSockets
from tests.upstreams.sockets import Session

PAGE = Path(__file__).parents[2] / "docs" / "formats" / f"{STREAM}.md"


def server() -> Any:
    """`speak` of the page's Python block, as a talk."""
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    module = types.ModuleType("server")
    exec(block, module.__dict__)

    async def talk(session: Session) -> None:
        await module.__dict__["speak"](session.peer)

    return talk


@pytest.mark.parametrize("finishes", [False, True])
def test_the_server_of_the_page_speaks(
    tenant: LiveTenant, sockets: StartSockets, finishes: bool
) -> None:
    agent = tenant.agent(
        sockets(server()).url, channel="voice", wire_format=STREAM,
        settings={"end_silence": 0.3, "finishes_on_stop": finishes},
    )  # fmt: skip
    got = httpx.post(agent.tts_url, headers=tenant.headers, json=SAY)
    assert len(got.content) > 10_000
    assert event_of(tenant)["outcome"] == "ok"


def test_the_server_of_the_page_speaks_to_jambonz(
    tenant: LiveTenant, sockets: StartSockets
) -> None:
    agent = tenant.agent(sockets(server()).url, channel="voice", wire_format=STREAM)
    with Streamer(agent, tenant, sampleRate="8000") as caller:
        caller.say("Hello there.")
        caller.tell("flush")
        caller.hear(1000)
        caller.tell("stop")
        assert caller.until_closed() == 1000
    assert event_of(tenant)["outcome"] == "ok"
