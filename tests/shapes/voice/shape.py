"""Voice formats as their servers and callers speak them, by hand: what their pairs are run with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx

from tests.upstreams.script import Seen, head

TEXT = "Grüße, wie geht's? 👋"
RAW_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class Caller:
    """`body` is for a rate in Hz, `headers` and `packed` for MP3; `heard` takes samples out."""

    path: str
    body: Callable[[int], dict[str, Any]]
    rates: tuple[int, ...]
    kind: str
    headers: Callable[[int], dict[str, str]] = lambda rate: {}
    packed: Mapping[str, Any] | None = None
    packed_headers: Mapping[str, str] = field(default_factory=dict)
    heard: Callable[[bytes], bytes] = bytes
    error: Callable[[Any], str] = lambda body: str(body["error"]["message"])
    tells: bool = False  # an error after the sound has begun


@dataclass(frozen=True)
class Server:
    """`told` is what a request says: text, voice, and the rate or MP3; `kind` declares a form.

    `packs`: it gives MP3. `model_is_voice`: an endpoint's model takes the place of the voice.
    """

    path: str
    told: Callable[[Seen], tuple[str, str, int | str]]
    kind: Callable[[int | str], str] = lambda form: RAW_TYPE
    error: Mapping[str, Any] = field(default_factory=lambda: {"error": {"message": "Too fast."}})
    packs: bool = True
    model_is_voice: bool = False

    def head(self, form: int | str) -> bytes:
        kind = "audio/mpeg" if form == "mp3" else self.kind(form)
        return head(200, ("content-type", kind), ("transfer-encoding", "chunked"))


def rate_of(name: str) -> int | str:
    return int(name.removeprefix("pcm_")) if name.startswith("pcm_") else "mp3"


LANGUAGE = {"language", "language_code"}
NAMED = {
    "the language of the text": LANGUAGE,
    "instructions for the style of speaking": {"instructions"},
    "the speed of speaking": {"speed"},
}
"""Which members of requests say what can be lost."""


def said(error: httpx.Response, caller: Caller) -> str:
    return caller.error(error.json())
