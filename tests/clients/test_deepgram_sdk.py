"""Deepgram's own SDK, unmodified, on endpoints of its format and of another."""

import threading
import time
from typing import Any

import pytest

from tests.gateway.ears import SERVERS, Hearer
from tests.gateway.test_ear_pairs import tone
from tests.live import LiveTenant
from tests.upstreams.fixtures import StartSockets

deepgram = pytest.importorskip("deepgram", reason="deepgram-sdk is not installed")
pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the SDK's own imports
]


def heard(base: str, key: str, sound: bytes) -> list[Any]:
    """What the SDK makes of a session with one utterance in it."""
    from deepgram.core.events import EventType
    from deepgram.environment import DeepgramClientEnvironment

    ws = base.replace("http", "ws", 1)
    here = DeepgramClientEnvironment(base=base, production=ws, agent=ws, agent_rest=base)
    client = deepgram.DeepgramClient(api_key=key, environment=here)
    got: list[Any] = []
    with client.listen.v1.connect(
        model="any", encoding="linear16", sample_rate=16000, channels=1,
        interim_results=True, utterance_end_ms=1000, vad_events=True,
    ) as connection:  # fmt: skip
        connection.on(EventType.MESSAGE, got.append)
        reader = threading.Thread(target=connection.start_listening)
        reader.start()
        for start in range(0, len(sound), 3200):
            connection.send_media(sound[start : start + 3200])
        time.sleep(0.5)
        connection.send_close_stream()
        reader.join(10)
    return got


@pytest.mark.parametrize("far", SERVERS)
def test_the_sdk_reads_every_message_as_its_own(
    far: str, tenant: LiveTenant, sockets: StartSockets
) -> None:
    agent = tenant.transcriber(sockets(Hearer(SERVERS[far])).url, wire_format=far)
    got = heard(agent.base_url, tenant.key, tone(1.0, 16_000))
    assert not [each for each in got if isinstance(each, dict)]  # what it could not read
    results = [each for each in got if each.type == "Results"]
    finals = [each.channel.alternatives[0].transcript for each in results if each.is_final]
    assert "".join(finals).replace(" ", "") == "hello"
    assert any(each.speech_final for each in results)
    assert not results[0].is_final
