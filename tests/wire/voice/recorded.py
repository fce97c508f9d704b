"""Recorded answers of voice endpoints: `FORMAT/NAME.sound` is a body, `NAME.sound.json` says what
its caller asked for and heard.
"""

import json
from dataclasses import dataclass
from typing import Any

from tests.wire.corpus import FOLDER
from tests.wire.voice.test_readers import cuts
from wire.registry import format_named, hosted_format
from wire.voice.passage import VoicePassage


@dataclass(frozen=True)
class Sounded:
    """`heard` (hex) is what the caller gets, or `size` how many bytes that is, where a resampler
    has made them; `named` is what stands there in place of sound, `failure` what ends it.
    """

    name: str
    body: bytes
    caller: str
    asks: dict[str, Any]
    accept: str
    declared: str
    heard: str | None
    size: int | None
    named: str | None
    failure: str | None


def sounds(wire_format: str) -> list[Sounded]:
    return [
        Sounded(path.stem, path.read_bytes(), **_said(path.with_suffix(".sound.json").read_text()))
        for path in sorted((FOLDER / wire_format).glob("*.sound"))
    ]


def _said(text: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(text)
    return said


def check_sound(wire_format: str, recorded: Sounded) -> None:
    """The caller hears the same however the answer is cut."""
    for pieces in cuts(recorded.body):
        named, heard, failure = _heard(wire_format, recorded, pieces)
        assert (named, failure) == (recorded.named, recorded.failure)
        if recorded.heard is not None:
            assert heard.hex() == recorded.heard
        assert len(heard) == (recorded.size or 0)


def _heard(
    wire_format: str, recorded: Sounded, pieces: list[bytes]
) -> tuple[str | None, bytes, str | None]:
    """What the answer is called if it is no sound, else the sound and what ended it."""
    caller = hosted_format("voice", recorded.caller)
    request = caller.read_request(json.dumps(recorded.asks).encode(), accept=recorded.accept)
    passage = VoicePassage(caller, format_named("voice", wire_format))
    asked = passage.write(request, model="house", settings={}).asked
    start, found, rest = b"", None, [*pieces, b""]
    while found is None:
        data = rest.pop(0)
        start += data
        found = passage.opening(asked, recorded.declared, start, whole=not data)
    if isinstance(found, str):
        return found, b"", None
    relay = passage.relay(found, request, passage.given(found, request))
    assert relay is not None, "between two formats"
    heard = b"".join(map(relay.feed, [start, *rest]))
    if relay.failure is not None:
        return None, heard, relay.failure.message
    return None, heard + relay.close(), None
