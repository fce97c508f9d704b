"""Requests to be spoken in the tests of voice formats."""

import json
from typing import Any

from wire.voice.base import VoiceFormat, VoiceRequest
from wire.voice.sound import Sound

RAW, RAW_8K, WAV, MP3 = Sound("pcm", 24_000), Sound("pcm", 8000), Sound("wav", 24_000), Sound("mp3")
BARE = VoiceRequest("x", "Hi", None, None, (RAW,), None, {})
RICH = VoiceRequest("x", "Hi", "v-1", "de-DE", (RAW,), "warm", {}, speed=1.5)


def written(
    wire: VoiceFormat,
    request: VoiceRequest,
    asked: Sound = RAW,
    *,
    model: str = "",
    settings: dict[str, Any] | None = None,
) -> Any:
    """The body for an endpoint."""
    call = wire.write_call(request, asked, model=model, settings=settings or {})
    assert call.asked == asked
    return json.loads(call.body)


def url(
    wire: VoiceFormat, request: VoiceRequest, target: str, asked: Sound = RAW, **given: Any
) -> str:
    """What is called for an endpoint's URL."""
    call = wire.write_call(request, asked, **{"model": "", "settings": {}, **given})
    assert call.aim is not None
    return call.aim.at(target)
