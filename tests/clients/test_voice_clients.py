"""LiveKit's and Pipecat's TTS, unmodified, against endpoints of every voice format."""

from base64 import b64decode, b64encode
from typing import Any

import pytest

from tests.clients.pages import lines
from tests.clients.program import Programs
from tests.gateway.speaking import tone
from tests.live import LivePlatform, LiveTenant
from tests.shapes.voice import SERVERS
from tests.upstreams import reply, sse
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Close, Send, Stall, Step, chunk
from tests.upstreams.server import Upstream

pytestmark = pytest.mark.acceptance

CLIENTS = ["livekit", "pipecat"]
SOUND = tone(600)


class Caller:
    """Has a client speak by an agent whose endpoint of some format answers with these steps.

    The client is made by the lines that the page has of it.
    """

    def __init__(
        self, client: str, far: str, programs: Programs, tenant: LiveTenant, upstream: StartUpstream
    ) -> None:
        self.far = far
        self._client, self._programs = client, programs
        self._tenant, self._upstream = tenant, upstream
        self.endpoint: Upstream

    def spoken(self, *pieces: bytes, last: bool = True) -> list[Step]:
        """A body of PCM as the endpoint gives it at 24 kHz; `last` ends it."""
        steps = [Send(chunk(piece)) for piece in (*pieces, *([b""] if last else []))]
        return [Send(SERVERS[self.far].head(24_000)), *steps]

    def heard(
        self, *steps: Step, how: str = "whole", form: str = "pcm", key: str = ""
    ) -> dict[str, Any]:
        server = SERVERS[self.far]
        self.endpoint = self._upstream([*steps])
        agent = self._tenant.agent(
            self.endpoint.url + server.path, channel="voice", wire_format=self.far, model="house"
        )
        code = lines("openai-speech", self._client, agent.base_url, key or self._tenant.key)
        answer = self._programs(f"programs/speech_{self._client}.py").ask(
            code=code.replace('"pcm"', f'"{form}"'), how=how
        )
        return {**answer, "sound": b64decode(answer["sound"])}


@pytest.fixture
def tenant(live: LivePlatform) -> LiveTenant:
    return live.tenant(plan="enterprise")


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=SERVERS)
def caller(
    client: str,
    request: pytest.FixtureRequest,
    programs: Programs,
    tenant: LiveTenant,
    upstream: StartUpstream,
) -> Caller:
    return Caller(client, request.param, programs, tenant, upstream)


def whole(sound: bytes) -> bool:
    """LiveKit's client puts a little silence behind what it is given as PCM."""
    return sound.startswith(SOUND) and not any(sound[len(SOUND) :])


def test_every_sample_is_heard(caller: Caller) -> None:
    half = len(SOUND) // 2 + 1  # a piece may end within a sample
    answer = caller.heard(*caller.spoken(SOUND[:half], SOUND[half:]))
    assert (answer.get("error"), answer["rate"]) == (None, 24_000)
    assert whole(answer["sound"])
    (seen,) = caller.endpoint.requests
    text, _, rate = SERVERS[caller.far].told(seen)
    assert (text, rate) == ("Hello there.", 24_000)


@pytest.mark.parametrize("status", [400, 429, 503])
def test_endpoints_own_error_is_the_clients(caller: Caller, status: int) -> None:
    answer = caller.heard(reply(status, dict(SERVERS[caller.far].error)))
    assert answer["sound"] == b""
    assert f"Error code: {status} - " in answer["error"]["message"]
    assert "Too fast." in answer["error"]["message"]


# LiveKit's takes what came for all.
@pytest.mark.parametrize("client", ["pipecat"], indirect=True)
def test_sound_that_is_cut_off_is_an_error(caller: Caller) -> None:
    answer = caller.heard(*caller.spoken(SOUND, last=False), Close())
    assert "without sending complete message body" in answer["error"]["message"]
    assert SOUND.startswith(answer["sound"])


def test_cancelling_client_frees_the_endpoint(caller: Caller) -> None:
    answer = caller.heard(*caller.spoken(SOUND, last=False), Stall(), how="cancel")
    assert answer.get("error") is None
    assert answer["sound"]
    assert SOUND.startswith(answer["sound"])
    (connection,) = caller.endpoint.connections
    assert connection.gone.wait(10)


def test_wrong_key_is_told_apart(caller: Caller) -> None:
    answer = caller.heard(key="pb_live_wrong")
    assert answer["error"]["status_code"] == 401
    assert caller.endpoint.requests == []


@pytest.fixture
def livekit(programs: Programs, tenant: LiveTenant, upstream: StartUpstream) -> Caller:
    return Caller("livekit", "openai-speech", programs, tenant, upstream)


def test_livekit_hears_the_endpoints_own_events(livekit: Caller) -> None:
    audio = b64encode(SOUND).decode()
    events = sse(
        f'data: {{"type":"speech.audio.delta","audio":"{audio}"}}',
        'data: {"type":"speech.audio.done","usage":{"input_tokens":3,"output_tokens":5}}',
    )
    answer = livekit.heard(*events)
    assert answer.get("error") is None
    assert whole(answer["sound"])


@pytest.mark.parametrize("far", [far for far in SERVERS if far != "openai-speech"])
def test_livekit_hears_wav_of_every_endpoint(
    far: str, programs: Programs, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    caller = Caller("livekit", far, programs, tenant, upstream)
    answer = caller.heard(*caller.spoken(SOUND), form="wav")
    assert (answer.get("error"), answer["rate"]) == (None, 24_000)
    assert whole(answer["sound"])


def test_livekit_is_told_why_there_is_no_mp3(
    programs: Programs, tenant: LiveTenant, upstream: StartUpstream
) -> None:
    caller = Caller("livekit", "rymi-tts", programs, tenant, upstream)
    answer = caller.heard(form="mp3")
    assert answer["error"]["status_code"] == 422
    assert "gives no MP3; ask for raw PCM" in answer["error"]["message"]
