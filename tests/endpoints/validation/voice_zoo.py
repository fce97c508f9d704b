"""Voice endpoints that are broken each in one way, and what the tests must say of each.

As `zoo`; an animal speaks as `Speaker` does but for one fault.
"""

import math
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache

from tests.endpoints.validation.zoo import TOKEN, Animal
from tests.upstreams import Close, Seen, Send, Stall, Wait, chunk, head, redirect, reply
from tests.upstreams.script import Step

CHUNKED = (("content-type", "application/octet-stream"), ("transfer-encoding", "chunked"))
PIECE = 16_000
Change = Callable[[bytes], bytes]


@cache
def second(rate: int) -> bytes:
    """Something like a vowel, in two syllables."""
    wave = (
        9000 * math.sin(2 * math.pi * 180 * n / rate) * abs(math.sin(2 * math.pi * 2 * n / rate))
        + 3000 * math.sin(2 * math.pi * 720 * n / rate)
        for n in range(rate)
    )
    return array("h", (round(one) for one in wave)).tobytes()


def voiced(ms: int, rate: int) -> bytes:
    return (second(rate) * (ms // 1000 + 1))[: ms * rate // 1000 * 2]


def swapped(sound: bytes) -> bytes:
    samples = array("h", sound)
    samples.byteswap()
    return samples.tobytes()


def floats(sound: bytes) -> bytes:
    return array("f", (one / 32768 for one in array("h", sound))).tobytes()[: len(sound)]


@dataclass(frozen=True)
class Speaker:
    """`change` is made to what is spoken; `rate`, when given, is spoken whatever was asked for."""

    token: str | None = TOKEN
    per_character: int = 65
    lead: int = 0
    rate: int | None = None
    change: Change = bytes
    pause: float = 0.004

    def __call__(self, seen: Seen) -> Iterable[Step]:
        if self.token is not None and seen.header("authorization") != f"Bearer {self.token}":
            return [reply(401, {"error": "no such token"})]
        sound = self.sound(seen)
        pieces = [sound[at : at + PIECE] for at in range(0, len(sound), PIECE)]
        steps: list[Step] = [Send(head(200, *CHUNKED))]
        for piece in pieces:
            steps += [Wait(self.pause), Send(chunk(piece))]
        return [*steps, Send(chunk(b""))]

    def sound(self, seen: Seen) -> bytes:
        asked = seen.json()
        rate = self.rate or int(asked["format"].removeprefix("pcm_"))
        silence = bytes(self.lead * rate // 1000 * 2)
        return self.change(silence + voiced(self.per_character * len(asked["text"]), rate))


HEALTHY = Speaker()


def _in_one_burst(seen: Seen) -> Iterable[Step]:
    yield Wait(0.4)
    yield Send(b"".join(step.data for step in HEALTHY(seen) if isinstance(step, Send)))


def _of_known_length(seen: Seen) -> Iterable[Step]:
    refused = seen.header("authorization") != f"Bearer {TOKEN}"
    return HEALTHY(seen) if refused else [reply(200, HEALTHY.sound(seen))]


def _until(count: int, *ending: Step) -> Callable[[Seen], Iterable[Step]]:
    return lambda seen: [*list(HEALTHY(seen))[:count], *ending]


def _refusing(name: str, value: str) -> Callable[[Seen], Iterable[Step]]:
    """Answers 400 where a member holds this."""

    def script(seen: Seen) -> Iterable[Step]:
        refused = value in seen.json().get(name, "")
        return [reply(400, {"error": f"bad {name}"})] if refused else HEALTHY(seen)

    return script


def _file(data: bytes, kind: str) -> Animal:
    return Animal(
        replace(HEALTHY, change=lambda sound: data + sound),
        {"raw_pcm": "failed"},
        f"It answered with {kind} where raw PCM was promised.",
        "samples alone",
    )


ZOO: dict[str, Animal] = {
    "healthy": Animal(HEALTHY, {}),
    "healthy without authentication": Animal(
        replace(HEALTHY, token=None), {}, auth={"type": "none"}
    ),
    "no TLS at all": Animal(
        HEALTHY, {"address": "failed"}, "tls clock", "must speak TLS", options={"never_tls": True}
    ),
    "token refused": Animal(
        replace(HEALTHY, token="another"), {"authentication": "failed"}, "status 401", "again"
    ),
    "accepts calls without token": Animal(
        replace(HEALTHY, token=None),
        {"authentication": "warning"},
        "without the credential too",
        "401",
    ),
    # -- no sound
    "error 500": Animal([reply(500, {"error": "boom"})], {"answer": "failed"}, "status 500", "log"),
    "unknown voice": Animal(
        _refusing("voice", "default"), {"answer": "failed"}, "status 400", "the voice `default`"
    ),
    "redirect": Animal(
        [redirect(307, "https://elsewhere.example.com/")],
        {"answer": "failed"},
        "redirect",
        "Enter the URL",
    ),
    "slow first byte": Animal(
        [Stall()], {"answer": "failed"}, "first_byte clock", "timeouts.first_byte"
    ),
    "empty": Animal([reply(200, b"")], {"answer": "failed"}, "empty", "raw PCM"),
    # -- something else than sound
    "WAV": _file(b"RIFF\x24\x00\x00\x00WAVEfmt ", "a WAV file"),
    "MP3": _file(b"ID3\x04\x00\x00", "an MP3 file"),
    "page": Animal(
        [reply(200, "<!doctype html><h1>Welcome", ("content-type", "text/html"))],
        {"raw_pcm": "failed"},
        "HTML",
        "400 or more",
    ),
    "JSON": Animal([reply(200, {"audio": "AAAA"})], {"raw_pcm": "failed"}, "JSON", "400 or more"),
    # -- how it comes
    "slow first sound": Animal(
        replace(HEALTHY, lead=900), {"first_sound": "warning"}, "900 ms of them", "cut silence"
    ),
    "held back until it is complete": Animal(
        _in_one_burst, {"sound_chunks": "failed"}, "came at once", "proxy_buffering"
    ),
    "of known length": Animal(
        _of_known_length,
        {"sound_chunks": "warning"},
        "declares its length",
        "Transfer-Encoding",
    ),
    "stalls in the middle": Animal(
        _until(5, Stall()), {"sound_ending": "failed"}, "stalled", "timeouts.idle"
    ),
    "cut off": Animal(_until(5, Close()), {"sound_ending": "failed"}, "cut off", "last chunk"),
    "half a sample": Animal(
        replace(HEALTHY, change=lambda sound: sound + b"\x00"),
        {"sound_ending": "warning"},
        "odd number",
        "two bytes",
    ),
    "never ends": Animal(
        replace(HEALTHY, change=lambda sound: sound * 10),
        {"sound_ending": "failed"},
        "1 MiB",
        "Stop",
    ),
    # -- what it is
    "silence": Animal(
        replace(HEALTHY, change=lambda sound: bytes(len(sound))),
        {"audible": "failed"},
        "nothing to hear",
        "32767",
    ),
    "big-endian": Animal(
        replace(HEALTHY, change=swapped), {"byte_order": "failed"}, "big-endian", "<i2"
    ),
    "a byte too many at the beginning": Animal(
        replace(HEALTHY, change=lambda sound: b"\x01" + sound + b"\x00"),
        {"byte_order": "failed"},
        "one byte is lost or added",
        "whole from the first byte",
    ),
    "floats": Animal(
        replace(HEALTHY, change=floats), {"byte_order": "warning"}, "closer to noise", "no floats"
    ),
    "says little": Animal(
        replace(HEALTHY, per_character=5), {"sound_length": "failed"}, "too short", "whole text"
    ),
    "says it four times": Animal(
        replace(HEALTHY, per_character=230), {"sound_length": "failed"}, "too long", "once"
    ),
    "one rate for all": Animal(
        replace(HEALTHY, rate=24_000), {"sample_rate": "failed"}, "does not follow", "resample"
    ),
    "refuses another rate": Animal(
        _refusing("format", "pcm_8000"), {"sample_rate": "warning"}, "status 400", "Resample"
    ),
    "refuses instructions": Animal(
        _refusing("instructions", "warmly"), {"instructions": "warning"}, "status 400", "Ignore"
    ),
}
