"""Clients of Deepgram's live listening, unmodified, on endpoints of every transcriber format."""

from base64 import b64encode
from typing import Any

import pytest

from tests.clients.pages import lines
from tests.clients.program import Programs
from tests.gateway.test_ear_pairs import tone
from tests.live import LivePlatform, LiveTenant
from tests.shapes.transcriber import SERVERS
from tests.shapes.transcriber.hearer import Hearer
from tests.upstreams import reply
from tests.upstreams.fixtures import StartSockets, StartUpstream

pytestmark = pytest.mark.acceptance

RATE = 16_000


class Caller:
    """Has Deepgram's SDK listen by an agent whose endpoint is of some format."""

    def __init__(self, api: str, far: str, programs: Programs, tenant: LiveTenant) -> None:
        self.far = far
        self._api, self._programs, self._tenant = api, programs, tenant

    def heard(
        self, url: str, seconds: float = 1.0, finalize: bool = False, key: str = ""
    ) -> dict[str, Any]:
        agent = self._tenant.transcriber(url, wire_format=self.far)
        return self._programs("programs/listen_deepgram.py").ask(
            base_url=agent.base_url, key=key or self._tenant.key, api=self._api,
            sound=b64encode(tone(seconds, RATE)).decode(), finalize=finalize,
        )  # fmt: skip


@pytest.fixture
def tenant(live: LivePlatform) -> LiveTenant:
    return live.tenant(plan="enterprise")


@pytest.fixture(params=["sync", "async"])
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=SERVERS)
def caller(
    api: str, request: pytest.FixtureRequest, programs: Programs, tenant: LiveTenant
) -> Caller:
    return Caller(api, request.param, programs, tenant)


def results(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in answer["messages"] if each.get("type") == "Results"]


def text(results: list[dict[str, Any]]) -> str:
    """Deepgram's own finals are segments, which `ears` cuts within a word."""
    said = [each["channel"]["alternatives"][0]["transcript"] for each in results]
    return "".join(said)


def test_every_message_is_one_that_the_sdk_reads(caller: Caller, sockets: StartSockets) -> None:
    hearer = Hearer(SERVERS[caller.far])
    answer = caller.heard(sockets(hearer).url)
    assert not [each for each in answer["messages"] if "unread" in each]
    assert (answer["errors"], answer["closed"]) == ([], True)
    told = results(answer)
    assert text([each for each in told if each["is_final"]]) == "hello"
    assert any(each["speech_final"] for each in told)
    assert (told[0]["is_final"], text(told[:1])) == (False, "hel")
    assert len(hearer.heard) >= 2 * RATE * 0.5


@pytest.mark.parametrize("caller", [far for far in SERVERS if SERVERS[far].asks], indirect=True)
def test_finalize_brings_what_was_said(caller: Caller, sockets: StartSockets) -> None:
    hearer = Hearer(SERVERS[caller.far])
    answer = caller.heard(sockets(hearer).url, seconds=0.3, finalize=True)
    assert text([each for each in results(answer) if each["is_final"]]) == "hello"
    assert hearer.word[0] == "finalize"


def test_error_in_the_session_is_the_sdks(caller: Caller, sockets: StartSockets) -> None:
    hearer = Hearer(SERVERS[caller.far], fails=True)
    answer = caller.heard(sockets(hearer).url)
    assert "no model" in str(answer["errors"] + answer["messages"])


def test_endpoint_that_refuses_is_told_with_its_status(
    caller: Caller, upstream: StartUpstream
) -> None:
    server = upstream([reply(429, {"why": "busy"})])
    answer = caller.heard(server.url.replace("https", "wss"))
    assert answer["refused"] == 429


def test_wrong_key_is_told_apart(caller: Caller, sockets: StartSockets) -> None:
    server = sockets(Hearer(SERVERS[caller.far]))
    answer = caller.heard(server.url, key="pb_live_wrong")
    assert answer["refused"] == 401
    assert server.sessions == []


class Platform:
    """Has LiveKit's or Pipecat's client, made by the page's lines, listen by an agent."""

    def __init__(self, client: str, far: str, programs: Programs, tenant: LiveTenant) -> None:
        self.client, self.far = client, far
        self._programs, self._tenant = programs, tenant

    def heard(self, url: str, key: str = "") -> dict[str, Any]:
        agent = self._tenant.transcriber(url, wire_format=self.far)
        key = key or self._tenant.key
        return self._programs(f"programs/listen_{self.client}.py").ask(
            code=lines("deepgram-listen", self.client, agent.base_url, key), until="hello",
            sound=b64encode(tone(1.0, RATE)).decode(),
        )  # fmt: skip


@pytest.fixture(params=["livekit", "pipecat"])
def platform_client(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=SERVERS)
def voice(
    platform_client: str, request: pytest.FixtureRequest, programs: Programs, tenant: LiveTenant
) -> Platform:
    return Platform(platform_client, request.param, programs, tenant)


def test_platform_hears_what_was_said(voice: Platform, sockets: StartSockets) -> None:
    hearer = Hearer(SERVERS[voice.far])
    answer = voice.heard(sockets(hearer).url)
    assert answer.get("error") is None
    assert (answer["interims"][0], "".join(answer["finals"])) == ("hel", "hello")
    assert answer.get("starts", 1) == answer.get("ends", 1) == 1


# Deepgram's own message of an error passes unchanged, and these clients do not read it.
@pytest.mark.parametrize(
    "voice", [far for far in SERVERS if far != "deepgram-listen"], indirect=True
)
def test_platform_is_told_of_an_error_in_the_session(
    voice: Platform, sockets: StartSockets
) -> None:
    answer = voice.heard(sockets(Hearer(SERVERS[voice.far], fails=True)).url)
    message = answer["error"]["message"]
    assert "1011" in message
    assert "no model" in message


def test_platform_is_told_of_a_refusal(voice: Platform, upstream: StartUpstream) -> None:
    server = upstream([reply(429, {"why": "busy"})])
    answer = voice.heard(server.url.replace("https", "wss"))
    assert answer["error"]["status_code"] == 429


def test_platform_is_told_of_a_wrong_key(voice: Platform, sockets: StartSockets) -> None:
    server = sockets(Hearer(SERVERS[voice.far]))
    answer = voice.heard(server.url, key="pb_live_wrong")
    assert answer["error"]["status_code"] == 401
    assert server.sessions == []
