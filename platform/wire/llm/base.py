"""What an LLM wire format is."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from wire.base import WireFormat
from wire.events import Failure, LLMCapabilities, LLMEvent, Usage
from wire.tokens import tokens_in


@dataclass(frozen=True, slots=True)
class LLMRequest:
    """A caller's request, read no deeper than dispatching needs.

    `fields` holds the top-level members in the ingress format's own terms, their bytes untouched.
    `asked_usage`: the caller itself asked for a usage chunk. `call_id`: the format's own id of the
    call, if it has one. `prompt_size`: what `prompt_bytes` gives, where that takes so long that it
    was done while the request was read.
    """

    model: str | None
    stream: bool
    asked_usage: bool
    call_id: str | None
    fields: Mapping[str, Any] = field(repr=False)
    prompt_size: int | None = None


@dataclass(slots=True)
class LLMTally:
    """What metering saw in an answer so far.

    Content is what a caller can act on: text, refusals, tool calls; not reasoning, not a role, not
    a comment. Its bytes (UTF-8, all choices) estimate tokens when none are reported. `finished`: a
    finish reason came; `done`: the format's own end mark came.
    """

    has_content: bool = False
    content_bytes: int = 0
    reasoning_bytes: int = 0
    usage: Usage | None = None
    finished: bool = False
    done: bool = False
    failure: Failure | None = None

    @property
    def complete(self) -> bool:
        """False for a stream that was cut off: it may end here only if this is true."""
        return self.finished or self.done or self.failure is not None


class LLMRelay(Protocol):
    """Carries a stream whose two sides speak the same format: bytes in, the same bytes out.

    `feed` holds back no more than one unfinished line and what could belong to a chunk that must
    be withheld; `close` gives the rest at a clean end of the stream, except half an event of a
    stream that was cut off. `fail` gives what ends a stream that cannot be finished, whatever was
    sent before; nothing may follow it. The tally is up to date after every call.
    """

    tally: LLMTally

    def feed(self, data: bytes) -> bytes: ...
    def close(self) -> bytes: ...
    def fail(self, *, code: str, message: str) -> bytes: ...


class LLMReader(Protocol):
    """Reads an endpoint's stream into canonical events."""

    def feed(self, data: bytes) -> list[LLMEvent]: ...
    def close(self) -> list[LLMEvent]: ...


class LLMFormat(WireFormat):
    """One wire format, both sides of it. Pure: bytes in, bytes or values out."""

    channel: ClassVar[str] = "llm"
    capabilities: ClassVar[LLMCapabilities]

    @abstractmethod
    def read_request(self, body: bytes, *, always_stream: bool = False) -> LLMRequest:
        """Raises `InvalidRequest`; of that, `StrayMessage` for what is no request at all."""

    @abstractmethod
    def write_request(
        self, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> bytes:
        """The body for an endpoint; `model`, when not empty, replaces the caller's."""

    @abstractmethod
    def prompt_bytes(self, request: LLMRequest) -> int:
        """UTF-8 size of the text that the endpoint had to read."""

    def estimate(self, request: LLMRequest, tally: LLMTally) -> Usage:
        """What an answer took, when its endpoint does not say (see `wire.tokens`)."""
        return Usage(
            prompt=tokens_in(self.prompt_bytes(request)),
            completion=tokens_in(tally.content_bytes + tally.reasoning_bytes),
            reasoning=tokens_in(tally.reasoning_bytes),
        )

    @abstractmethod
    def relay(self, request: LLMRequest, settings: Mapping[str, Any]) -> LLMRelay: ...

    @abstractmethod
    def reader(self, settings: Mapping[str, Any]) -> LLMReader: ...

    @abstractmethod
    def is_stream(self, content_type: str, start: bytes) -> bool | None:
        """Whether a 2xx answer to a streaming request is a stream, or one whole reply instead.

        `start` is what came of its body; `None`: it is too little to tell, ask again with more.
        """

    @abstractmethod
    def read_reply(self, body: bytes) -> LLMTally:
        """Meters a whole (not streamed) answer; never raises, `failure` says what is wrong."""

    @abstractmethod
    def reply_as_stream(self, body: bytes, request: LLMRequest) -> bytes:
        """A whole answer as the stream that its caller asked for; an error object stays one."""

    @abstractmethod
    def write_stream_error(self, *, code: str, message: str) -> bytes:
        """What is sent when a stream that has begun cannot be finished (see `LLMRelay.fail`)."""
