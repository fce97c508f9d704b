"""What a dispatch took: its clock, its end, and the final record made of them.

The gateway's own share (`gateway` in events and `server-timing`) is what Patchbay added: from the
first byte of the request's head to the request being written upstream, without the wait for the
caller's body and without connecting; and, from the first piece of the answer in hand to its being
handed to the caller's socket. Later pieces are not timed.
"""

import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from dispatch.answers import Answer
from dispatch.failures import DispatchFailed
from egress.http import ExchangeTiming
from gateway.errors import told
from usage.records import Final
from wire.events import Failure, Unusable

_STATUSES = frozenset(HTTPStatus)


@dataclass(slots=True)
class Meter:
    """Moments on `time.perf_counter()`'s scale, and counts, of one dispatch."""

    began: float = field(default_factory=time.perf_counter)
    body_wait: float = 0.0
    first_piece: float | None = None
    first_sent: float | None = None
    timing: ExchangeTiming | None = None
    first_content: float | None = None
    status: int | None = None
    attempts: int = 1
    bytes_out: int = 0

    def saw(self, answer: Answer) -> None:
        self.timing = answer.timing
        self.status = answer.status
        self.attempts = answer.attempts
        self.first_content = answer.first_content

    @property
    def connect(self) -> float:
        """Seconds spent on TCP and TLS; 0 on a connection that was there already."""
        timing = self.timing
        if timing is None or timing.reused or timing.connected is None:
            return 0.0
        return timing.connected - timing.started

    @property
    def upstream(self) -> float:
        """Seconds from the request being written to the first byte of the answer."""
        timing = self.timing
        if timing is None or timing.sent is None or timing.first_byte is None:
            return 0.0
        return timing.first_byte - timing.sent

    @property
    def gateway(self) -> float:
        """Seconds of Patchbay's own making (see the module's text)."""
        timing = self.timing
        if timing is None or timing.sent is None:
            return 0.0
        before = timing.sent - self.began - self.body_wait - self.connect
        if self.first_piece is None or self.first_sent is None:
            return before
        return before + (self.first_sent - self.first_piece)

    def timing_ms(self) -> dict[str, float | None]:
        """As in the event's contract; moments are counted from the request's arrival."""
        timing = self.timing
        return {
            "connect": _ms(self.connect if timing and timing.connected is not None else None),
            "first_byte": self._since(timing.first_byte if timing else None),
            "first_content": self._since(self.first_content),
            "total": self._since(time.perf_counter()),
            "gateway": _ms(self.gateway if timing and timing.sent is not None else None),
        }

    def server_timing(self) -> bytes:
        """The response header: what is known when the head is sent."""
        return b"connect;dur=%.1f, upstream;dur=%.1f, gateway;dur=%.2f" % (
            self.connect * 1000,
            self.upstream * 1000,
            self.gateway * 1000,
        )

    def _since(self, moment: float | None) -> float | None:
        return None if moment is None else _ms(moment - self.began)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)


@dataclass(slots=True)
class Account:
    """How a dispatch ended, gathered while it runs."""

    dispatch_id: str
    meter: Meter
    outcome: str = "lost_process"
    error: dict[str, Any] | None = None

    def failed(self, outcome: str, code: str, message: str, **more: str | None) -> None:
        """`message` is whole sentences: tenants read it on the page of the event."""
        self.outcome = outcome
        self.error = {"code": code, "message": message}
        self.error.update({name: value for name, value in more.items() if value is not None})

    def saw_failure(self, failure: DispatchFailed) -> None:
        meter = self.meter
        meter.attempts = failure.attempts
        if failure.response is not None:
            meter.status = failure.response.status
            meter.timing = failure.response.timing
        message = told(failure.code, failure.detail)
        self.failed(failure.outcome, failure.code, message, clock=failure.clock)

    def saw_refusal(self, status: int) -> None:
        """The endpoint's own 4xx or 5xx."""
        self.failed("upstream_error", "upstream_error", own_error(status))

    def saw_end(self, failure: Failure | None) -> None:
        """The answer is with the caller; `failure` is what its endpoint said inside it."""
        if failure is None:
            self.outcome = "ok"
        elif isinstance(failure, Unusable):
            message = told(failure.code, "It is not what the endpoint's wire format has.")
            self.failed("upstream_error", failure.code, message)
        else:
            message = "The endpoint sent an error inside its answer."
            self.failed("upstream_error", "upstream_error", message)

    def final(self) -> Final:
        """What every channel's record says; each adds what it has used."""
        return Final(
            dispatch_id=self.dispatch_id,
            outcome=self.outcome,
            ended_at=time.time(),
            status=self.meter.status,
            attempts=self.meter.attempts,
            bytes_out=self.meter.bytes_out,
            timing_ms=self.meter.timing_ms(),
            error=self.error,
        )


def own_error(status: int) -> str:
    """What a tenant reads of an endpoint's own 4xx or 5xx."""
    phrase = f" {HTTPStatus(status).phrase}" if status in _STATUSES else ""
    return f"The endpoint answered with an error of its own: HTTP {status}{phrase}."
