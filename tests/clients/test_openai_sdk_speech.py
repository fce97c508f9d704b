"""OpenAI's SDK speaks through hosted URLs, whatever the endpoint's format."""

import pytest
from openai import APIConnectionError, APIError, AuthenticationError, OpenAI, RateLimitError

from tests.gateway.speaking import tone
from tests.live import LiveTenant
from tests.shapes.voice import SERVERS
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Close, Send, Stall, Step, chunk, reply

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


def test_sound_that_is_closed_early_lets_the_endpoint_go(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    server = SERVERS["rymi-tts"]
    endpoint = upstream([Send(server.head(24_000)), Send(chunk(SOUND)), Stall()])
    agent = tenant.agent(endpoint.url + server.path, channel="voice", wire_format="rymi-tts")
    with (
        OpenAI(base_url=f"{agent.base_url}/v1", api_key=tenant.key, max_retries=0) as client,
        client.audio.speech.with_streaming_response.create(
            model="any", voice="alloy", input="Hello there.", response_format="pcm"
        ) as sound,
    ):
        assert SOUND.startswith(next(sound.iter_bytes()))
    assert endpoint.connections[0].gone.wait(10)
    assert tenant.platform.events(tenant, 1)[0]["outcome"] == "client_gone"


def test_wrong_key_is_told_apart(tenant: LiveTenant, upstream: StartUpstream) -> None:
    with (
        sdk("rymi-tts", tenant, upstream) as client,
        pytest.raises(AuthenticationError),
    ):
        client.with_options(api_key="pb_live_wrong").audio.speech.create(
            model="any", voice="alloy", input="Hello there.", response_format="pcm"
        )


def test_sound_that_is_cut_off_raises(tenant: LiveTenant, upstream: StartUpstream) -> None:
    server = SERVERS["rymi-tts"]
    steps = [Send(server.head(24_000)), Send(chunk(SOUND)), Close()]
    with (
        sdk("rymi-tts", tenant, upstream, *steps) as client,
        pytest.raises(APIConnectionError),
    ):
        client.audio.speech.create(
            model="any", voice="alloy", input="Hello there.", response_format="pcm"
        )
