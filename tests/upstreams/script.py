"""What a scripted server does with a request: steps, and builders of the usual bytes."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from egress.frames import TEXT, encode

if TYPE_CHECKING:
    from tests.upstreams.server import Connected


@dataclass(frozen=True)
class Send:
    data: bytes


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass(frozen=True)
class Stall:
    """Do nothing until the peer goes."""


@dataclass(frozen=True)
class Flood:
    """Send `block` again and again, as fast as it is taken, until the peer goes."""

    block: bytes = b"x" * 65536


@dataclass(frozen=True)
class HalfClose:
    """Say that nothing more will be sent, and go on reading."""


@dataclass(frozen=True)
class Close:
    pass


@dataclass(frozen=True)
class Reset:
    """Drop the connection with a TCP reset."""


@dataclass(frozen=True)
class Upgrade:
    """Accept the request as one for a WebSocket; `Send` then takes frames (see `said`)."""


@dataclass(frozen=True)
class Hear:
    """Read messages until there is one that holds `word`: it counts as a request of its own."""

    word: bytes


@dataclass(frozen=True)
class Until:
    """Do nothing until this is true, or the peer goes."""

    true: Callable[[], object]


Step = Send | Wait | Until | Stall | Flood | HalfClose | Close | Reset | Upgrade | Hear


@dataclass
class Seen:
    """A request as it came. `at` is `time.perf_counter()` when all of it was read."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: "Connected"
    at: float = field(default_factory=time.perf_counter)

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> Any:
        return json.loads(self.body)


Script = Sequence[Step] | Callable[[Seen], Iterable[Step]]

_REASONS = {200: "OK", 401: "Unauthorized", 429: "Too Many Requests", 500: "Internal Server Error"}


def head(status: int, *fields: tuple[str, str], version: str = "1.1") -> bytes:
    lines = [f"HTTP/{version} {status} {_REASONS.get(status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def reply(status: int, body: bytes | str | dict[str, Any] = b"", *fields: tuple[str, str]) -> Send:
    """A whole answer with its Content-Length; a dict becomes JSON."""
    if isinstance(body, dict):
        fields = (("content-type", "application/json"), *fields)
        body = json.dumps(body)
    raw = body.encode() if isinstance(body, str) else body
    return Send(head(status, *fields, ("content-length", str(len(raw)))) + raw)


def said(message: str | dict[str, Any]) -> Send:
    """A text message of a WebSocket's server; a dict becomes JSON."""
    text = message if isinstance(message, str) else json.dumps(message)
    return Send(encode(TEXT, text.encode()))


def redirect(status: int, location: str) -> Send:
    return reply(status, b"", ("location", location))


def chunk(data: bytes) -> bytes:
    """One chunk of the chunked coding; `chunk(b"")` is the last one."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def sse(*events: bytes | str, pause: float = 0.0, last: bool = True) -> list[Step]:
    """An event stream, one chunk per event (given without its blank line); `last` ends it."""
    steps: list[Step] = [
        Send(head(200, ("content-type", "text/event-stream"), ("transfer-encoding", "chunked")))
    ]
    for event in events:
        raw = event.encode() if isinstance(event, str) else event
        if pause:
            steps.append(Wait(pause))
        steps.append(Send(chunk(raw + b"\n\n")))
    if last:
        steps.append(Send(chunk(b"")))
    return steps


def drip(data: bytes, pause: float) -> list[Step]:
    """`data` one byte at a time."""
    return [step for byte in data for step in (Send(bytes([byte])), Wait(pause))]
