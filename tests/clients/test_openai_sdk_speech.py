"""OpenAI's SDK speaks through hosted URLs, whatever the endpoint's format."""

import pytest
from openai import APIError, OpenAI, RateLimitError

from tests.gateway.speaking import tone
from tests.live import LiveTenant
from tests.shapes.voice import SERVERS
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Send, Step, chunk, reply

FORMATS = ["openai-speech", "rymi-tts", "cartesia"]
SOUND = tone(300)


def sdk(name: str, tenant: LiveTenant, upstream: StartUpstream, *steps: Step) -> OpenAI:
    """A client of an agent whose endpoint answers with these steps, or with sound."""
    server = SERVERS[name]
    script = [*steps] or [Send(server.head(24_000)), Send(chunk(SOUND)), Send(chunk(b""))]
    agent = tenant.agent(
        upstream(script).url + server.path, channel="voice", wire_format=name, model="house"
    )
    return OpenAI(base_url=f"{agent.base_url}/v1", api_key=tenant.key, max_retries=0)


@pytest.mark.parametrize("name", FORMATS)
def test_speech_is_streamed(name: str, tenant: LiveTenant, upstream: StartUpstream) -> None:
    with (
        sdk(name, tenant, upstream) as client,
        client.audio.speech.with_streaming_response.create(
            model="any", voice="alloy", input="Hello there.", response_format="pcm"
        ) as sound,
    ):
        assert b"".join(sound.iter_bytes()) == SOUND


@pytest.mark.parametrize("name", FORMATS)
def test_speech_comes_whole(name: str, tenant: LiveTenant, upstream: StartUpstream) -> None:
    with sdk(name, tenant, upstream) as client:
        got = client.audio.speech.create(
            model="any", voice="alloy", input="Hello there.", response_format="wav"
        )
        assert got.content.endswith(SOUND)


@pytest.mark.parametrize("name", FORMATS)
def test_errors_are_the_sdks_own(name: str, tenant: LiveTenant, upstream: StartUpstream) -> None:
    error = reply(429, dict(SERVERS[name].error))
    with (
        sdk(name, tenant, upstream, error) as client,
        pytest.raises(RateLimitError, match="Too fast"),
    ):
        client.audio.speech.create(
            model="any", voice="alloy", input="Hello there.", response_format="pcm"
        )


def test_mp3_that_nobody_can_make_is_refused(tenant: LiveTenant, upstream: StartUpstream) -> None:
    with (
        sdk("rymi-tts", tenant, upstream) as client,
        pytest.raises(APIError, match="gives no MP3; ask for raw PCM"),
    ):
        client.audio.speech.create(model="any", voice="alloy", input="Hello there.")
