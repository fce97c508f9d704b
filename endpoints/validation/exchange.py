"""One recorded exchange with an endpoint: what was sent, what came back, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from egress.http import Request
from wire.llm.base import LLMTally
from wire.sse import SSEEvent, SSESplitter, read_event

REFUSALS = (401, 403)

Kind = Literal["stream", "reply", "error", "none"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an exchange did not come to its end; `category` is finer than `code`."""

    code: str
    category: str
    detail: str
    clock: str = ""


@dataclass(frozen=True, slots=True)
class ArrivedEvent:
    """An event of a stream; `at` is when its last byte came, in seconds after the request."""

    at: float
    event: SSEEvent


@dataclass(frozen=True)
class Exchange:
    """Moments are seconds after the request began; `pieces` are of the body, as they came.

    `kind`: a stream, one whole reply, an error status, or nothing that counts as an answer.
    `cut`: the body went on beyond what is recorded. `heard`: what a caller gets of it.
    """

    sent: Request | None
    kind: Kind
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[tuple[float, bytes], ...] = ()
    failure: Failure | None = None
    tally: LLMTally = field(default_factory=LLMTally)
    first_content: float | None = None
    took: float = 0.0
    cut: bool = False
    heard: bytes = field(default=b"", repr=False)

    @property
    def refusal(self) -> str:
        """How the credential was refused, such as «status 401»; empty where it was not."""
        return f"status {self.status}" if self.status in REFUSALS else ""

    @property
    def body(self) -> bytes:
        return b"".join(data for _, data in self.pieces)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def ended(self) -> bool:
        """Whether the answer came whole: neither cut off, nor stalled, nor ended by an error."""
        return self.failure is None and self.tally.failure is None and not self.cut

    @cached_property
    def events(self) -> tuple[ArrivedEvent, ...]:
        """The events of a stream that carry something; comments are left out."""
        splitter = SSESplitter()
        arrived = [(at, part) for at, data in self.pieces for part in splitter.feed(data)]
        last = splitter.close()
        if last:
            arrived.append((self.pieces[-1][0], last))
        events = [ArrivedEvent(at, read_event(part)) for at, part in arrived]
        return tuple(each for each in events if each.event.data or each.event.error)
