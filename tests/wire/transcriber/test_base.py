"""What all transcriber formats have in common."""

import json
from collections.abc import Mapping
from typing import Any

from wire.aim import Aim
from wire.llm.base import Stamp
from wire.registry import formats_of, hosted_format, hosted_formats
from wire.transcriber.base import (
    CallerSide,
    EndpointSide,
    HostedTranscriberFormat,
    Message,
    TranscriberFormat,
)
from wire.transcriber.capabilities import TranscriberCapabilities
from wire.transcriber.opening import Opening


class _Quiet(EndpointSide):
    def finalize(self) -> list[Message]:
        return []

    def close(self) -> list[Message]:
        return []

    def hear(self, text: bytes) -> None:
        return None


class _Plain(HostedTranscriberFormat):
    name = "plain"
    label = "Plain"
    hosted = "/plain"
    capabilities = TranscriberCapabilities()

    def caller_side(self, query: Mapping[str, str], stamp: Stamp) -> CallerSide:
        return _Mute(Opening())

    def endpoint_side(self, opening: Opening, *, model: str) -> EndpointSide:
        return _Quiet(opening.rate)


class _Mute(CallerSide):
    def hear(self, text: bytes) -> None:
        return None

    def tell(self, events: Any, at: float) -> list[bytes]:
        return []


def test_an_endpoint_has_nothing_at_its_beginning_and_its_end_unless_it_says_so() -> None:
    side = _Plain().endpoint_side(Opening(8000), model="")
    assert (side.rate, side.aim) == (8000, Aim())
    assert (side.begin(Opening()), side.audio(b"ab"), side.ended()) == ([], [(b"ab", False)], [])


def test_a_caller_has_no_last_message_unless_it_says_so() -> None:
    side = _Mute(Opening(), opened=False)
    assert (side.opened, side.bye(1.0)) == (False, [])
    assert (side.channel, side.channels) == (0, 1)


def test_errors_are_objects_with_a_code_where_a_format_has_no_shape_of_its_own() -> None:
    body = json.loads(_Plain().write_error(status=502, code="c", message="m", param="p"))
    assert body == {"type": "error", "message": "m", "code": "c", "param": "p"}
    said = json.loads(_Plain().write_socket_error(code="c", message="m"))
    assert said == {"type": "error", "message": "m", "code": "c"}


def test_nothing_of_a_query_passes_on_unless_the_format_says_so() -> None:
    assert _Plain().passing_aim([("a", "b")], model="m") == Aim()


def test_hosted_formats_have_a_callers_side_and_a_path() -> None:
    for name, wire in formats_of("transcriber").items():
        assert isinstance(wire, TranscriberFormat)
        assert wire.endpoint_side(Opening(), model="").rate > 0
        if name in hosted_formats("transcriber"):
            found = hosted_format("transcriber", name)
            assert found.paths == (found.hosted,)
            assert found.caller_side({}, Stamp("", 0)).opening.channels > 0
