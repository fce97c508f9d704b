"""What is asked of an endpoint, how long it may take, and when things happened."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Clocks:
    """Deadlines in seconds.

    `connect`: waiting for a free connection, name lookup and TCP. `tls`: the handshake.
    `first_byte`: from the last byte sent to the complete head of the answer. `idle`: one wait for
    the next piece, or for room to send more. `total`: the whole exchange.
    """

    connect: float = 3.0
    tls: float = 5.0
    first_byte: float = 15.0
    idle: float = 30.0
    total: float = 600.0


@dataclass(slots=True)
class ExchangeTiming:
    """Moments on `time.perf_counter()`'s scale; `None` until they happen.

    `attempts` is 2 when a kept connection turned out dead and a fresh one was used.
    """

    started: float
    connected: float | None = None
    sent: float | None = None
    first_byte: float | None = None
    reused: bool = False
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Request:
    """`pool` keeps connections of different owners apart: (tenant id, endpoint version …).

    `hops` counts the gateways of our kind on the way, this one included (see `egress.hops`).
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    clocks: Clocks
    pool: tuple[str, ...] = field(default=())
    hops: int = 1
