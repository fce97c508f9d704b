"""Which road a URL leads to."""

import re
from pathlib import Path

import pytest

from gateway.errors import Refused
from gateway.routing import dispatches, find
from wire.registry import format_named

AGENT = b"/a/agt_1"


@pytest.mark.parametrize(
    "suffix",
    [
        b"/v1/chat/completions",
        b"/chat/completions",
        b"/v1/chat/completions/",
        b"/chat/completions/",
        b"/v1/chat/completions/chat/completions",
        b"/chat/completions/chat/completions",
    ],
)
def test_every_variant_of_the_chat_url_leads_to_the_same_road(suffix: bytes) -> None:
    address = find("POST", AGENT + suffix)

    assert address.agent_id == "agt_1"
    assert address.url_key is None
    assert (address.road.channel, address.road.wire_format) == ("llm", "openai-chat")
    assert address.road.action == "dispatch"
    assert not address.road.always_stream


@pytest.mark.parametrize("suffix", [b"/chat/completions/stream", b"/v1/chat/completions/stream/"])
def test_the_stream_url_always_streams(suffix: bytes) -> None:
    assert find("POST", AGENT + suffix).road.always_stream


@pytest.mark.parametrize("suffix", [b"/tts", b"/tts/", b"/t/K/tts"])
def test_speech_has_a_road_of_its_own(suffix: bytes) -> None:
    road = find("POST", AGENT + suffix).road
    assert (road.action, road.channel, road.wire_format) == ("dispatch", "voice", "rymi-tts")


def test_a_key_in_the_path_is_taken_out_of_it() -> None:
    address = find("POST", AGENT + b"/t/pb_live_x/v1/chat/completions")

    assert address.url_key == "pb_live_x"
    assert address.road.action == "dispatch"


@pytest.mark.parametrize(
    ("tail", "call"), [(b"c1", "c1"), (b"c1/", "c1"), (b"a%2Fb%20c", "a/b c"), (b"%ff", "\ufffd")]
)
def test_a_call_is_named_behind_a_url_that_has_a_place_for_one(tail: bytes, call: str) -> None:
    address = find("WebSocket", AGENT + b"/t/K/llm-websocket/" + tail)
    assert (address.call, address.url_key, address.road.wire_format) == (call, "K", "retell-llm")
    assert find("POST", AGENT + b"/v1/messages").call == ""


@pytest.mark.parametrize(
    "suffix", [b"", b"/", b"/v1", b"/health", b"/v1/health/", b"/t/K", b"/t/K/"]
)
def test_the_base_greets(suffix: bytes) -> None:
    assert find("GET", AGENT + suffix).road.action == "greeting"


@pytest.mark.parametrize("suffix", [b"/models", b"/v1/models", b"/v1/models/"])
def test_models_are_listed(suffix: bytes) -> None:
    assert find("GET", AGENT + suffix).road.action == "models"


@pytest.mark.parametrize(
    "path",
    [
        b"/a/",
        b"/a//v1/chat/completions",
        b"/a/agt_1/v1/chat",
        b"/a/agt_1/llm-websocket",
        b"/a/agt_1/llm-websocket/",
        b"/a/agt_1/llm-websocket/a/b",
        b"/a/agt_1/v1/chat/completions/c1",
        b"/a/agt_1/v1//chat/completions",
        b"/a/agt_1/V1/chat/completions",
        b"/a/agt_1/../agt_2/v1/chat/completions",
        b"/%61/agt_1/v1/chat/completions",
        b"/a/agt_1/%76%31/chat/completions",
        b"//a/agt_1/v1/chat/completions",
        b"/a/agt_1/t/K/t/K/v1/chat/completions",
    ],
)
def test_any_other_path_is_refused(path: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        find("POST", path)

    assert refusal.value.code == "url_not_found"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_another_method_is_refused_and_told_which_one_is_answered(method: str) -> None:
    with pytest.raises(Refused) as refusal:
        find(method, AGENT + b"/v1/chat/completions")

    assert refusal.value.code == "method_not_allowed"
    assert refusal.value.headers == ((b"allow", b"POST"),)


def test_one_address_takes_a_post_and_a_socket() -> None:
    for method, name in (("POST", "jambonz-tts"), ("WebSocket", "jambonz-tts-stream")):
        road = find(method, AGENT + b"/jambonz/tts").road
        assert (road.channel, road.wire_format) == ("voice", name)


@pytest.mark.parametrize(
    ("method", "suffix", "code", "headers"),
    [
        ("GET", b"/jambonz/tts", "method_not_allowed", ((b"allow", b"POST"),)),
        ("WebSocket", b"/tts", "method_not_allowed", ((b"allow", b"POST"),)),
        ("POST", b"/stt", "upgrade_required", ((b"upgrade", b"websocket"),)),
    ],
)
def test_what_is_no_upgrade_and_should_be_is_told_and_the_reverse(
    method: str, suffix: bytes, code: str, headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    with pytest.raises(Refused) as refusal:
        find(method, AGENT + suffix)
    assert (refusal.value.code, refusal.value.headers) == (code, headers)


def test_two_formats_cannot_have_one_path() -> None:
    chat = format_named("llm", "openai-chat")
    with pytest.raises(TypeError, match="openai-chat has a path of another wire format"):
        dispatches([chat, chat])


def test_every_url_of_the_docs_is_answered() -> None:
    page = (Path(__file__).parents[2] / "docs" / "hosted-urls.md").read_text()
    told = re.findall(r"`(GET|POST) (/[a-z0-9/]*)`", page.partition("## Keys")[0])

    assert len(told) >= 8
    for method, suffix in told:
        assert find(method, AGENT + suffix.encode()).agent_id == "agt_1"
