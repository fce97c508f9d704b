"""What an LLM wire format is."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from wire.base import HostedFormat, WireFormat
from wire.capabilities import LLMCapabilities
from wire.conversation import Conversation, ToolCall, Turn
from wire.dialogue import Dialogue
from wire.events import Failure, FinishReason, LLMEvent, Usage
from wire.sse import is_stream
from wire.tokens import tokens_in


@dataclass(frozen=True, slots=True)
class LLMRequest:
    """A caller's request, read no deeper than dispatching needs.

    `wire_format` names the ingress format. `fields` holds the top-level members in its own terms,
    their bytes untouched.
    `asked_usage`: the caller itself asked for a usage chunk. `call_id`: the format's own id of the
    call, if it has one. `prompt_size`: what `prompt_bytes` gives, where that takes so long that it
    was done while the request was read. `session` names the call to an endpoint that keeps what was
    said in it, or is told which it is.
    """

    wire_format: str
    model: str | None
    stream: bool
    asked_usage: bool
    call_id: str | None
    fields: Mapping[str, Any] = field(repr=False)
    prompt_size: int | None = None
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an answer bears that is written anew: a unique id, and seconds since the epoch."""

    id: str
    created: int


@dataclass(slots=True)
class LLMTally:
    """What metering saw in an answer so far.

    Content is what a caller can act on: text, refusals, tool calls; not reasoning, not a role, not
    a comment. Its bytes (UTF-8, all choices) estimate tokens when none are reported. `finished`: a
    finish reason came; `done`: the format's own end mark came. `session`: the endpoint's own name
    for the call, which it wants to hear from now on. `recognised`: an event of the format came, for
    other formats have the same end mark.
    """

    has_content: bool = False
    content_bytes: int = 0
    reasoning_bytes: int = 0
    usage: Usage | None = None
    finished: bool = False
    done: bool = False
    failure: Failure | None = None
    session: str | None = None
    recognised: bool = False

    @property
    def complete(self) -> bool:
        """False for a stream that was cut off: it may end here only if this is true."""
        return self.finished or self.done or self.failure is not None


class LLMRelay(Protocol):
    """Carries a stream: where both sides speak the same format, bytes in and the same bytes out.

    `feed` holds back no more than one unfinished event; `close` gives the rest at a clean end of
    the stream, except half an event of a stream that was cut off. `fail` gives what ends a stream
    that cannot be finished, whatever was sent before; nothing may follow it. The tally is up to
    date after every call. `end_mark` is what every end mark of the endpoint's format holds.
    """

    tally: LLMTally
    end_mark: bytes

    def feed(self, data: bytes) -> bytes: ...
    def close(self) -> bytes: ...
    def fail(self, *, code: str, message: str) -> bytes: ...


class LLMReader(Protocol):
    """Reads an endpoint's stream into canonical events. `done`: its end mark came, or what says why
    a stream without one ends.

    A `Failure` is the last event; one of code `upstream_truncated` stands for the end of a stream
    that is cut off.
    """

    @property
    def done(self) -> bool: ...
    def feed(self, data: bytes) -> list[LLMEvent]: ...
    def close(self) -> list[LLMEvent]: ...


class LLMWriter(Protocol):
    """Writes canonical events as a caller's stream; what its format cannot carry gives nothing.

    `end` follows the last event of a good answer; `fail` ends one that cannot be finished, and is
    how a `Failure` is told.
    """

    def write(self, event: LLMEvent) -> bytes: ...
    def end(self) -> bytes: ...
    def fail(self, *, code: str, message: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class LLMAnswer:
    """A whole answer: its first choice; several are more than most formats can carry."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[ToolCall, ...] = ()
    usage: Usage | None = None
    reason: FinishReason = "stop"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a server of a format says certain things; the hints of validation are made of it.

    `path` is how its URLs usually end, `called` what becomes of them (empty: nothing), `text` where
    words go. The others are what to send: the reason why an answer ends, the end mark (empty where
    there is none), the tokens that it took, a whole reply.
    """

    path: str
    text: str
    finish: str
    end: str
    usage: str
    whole: str
    called: str = ""


class Passage(Protocol):
    """What a dispatch needs of its two sides: one format that passes through, or a translation.

    `headers` go to the endpoint with each request. `dialogue` is as in `LLMEgress`.
    """

    headers: tuple[tuple[str, str], ...]

    def url(
        self, target: str, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> str:
        """What is called for this request, given an endpoint's URL; the origin is the same."""
        ...

    def write_request(
        self, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> bytes: ...
    def dialogue(self, body: bytes) -> Dialogue | None: ...
    def relay(self, request: LLMRequest, settings: Mapping[str, Any]) -> LLMRelay: ...
    def is_stream(self, content_type: str, start: bytes) -> bool | None:
        """Whether a 2xx answer to a streaming request is a stream, or one whole reply instead.

        `start` is what came of its body; `None`: it is too little to tell, ask again with more.
        """
        ...

    def read_reply(self, body: bytes) -> LLMTally: ...
    def reply(self, body: bytes, request: LLMRequest) -> bytes:
        """A whole answer for the caller, as a stream if that was asked for."""
        ...

    def error(self, status: int, body: bytes) -> bytes | None:
        """An endpoint's own error in the caller's shape; `None` where it is that already."""
        ...


class LLMIngress(HostedFormat):
    """The caller's side of a wire format. Pure: bytes in, bytes or values out.

    Callers of one without the capability `streaming` get an answer whole, though the endpoint may
    stream it.
    """

    channel: ClassVar[str] = "llm"
    capabilities: ClassVar[LLMCapabilities]

    @abstractmethod
    def read_request(self, body: bytes, *, always_stream: bool = False) -> LLMRequest:
        """Raises `InvalidRequest`; of that, `StrayMessage` for what is no request at all."""

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

    # -- for callers that send no more than their last words

    def utterance(self, request: LLMRequest) -> str | None:
        """What was said last, if the request holds no more than that of a call that has an id."""
        return None

    def recall(self, request: LLMRequest, turns: Sequence[Turn]) -> LLMRequest:
        """The request with what was said before; for one that has an `utterance`."""
        return request

    def reply_text(self, body: bytes) -> str:
        """What is spoken of an answer to a request that has an `utterance`."""
        return ""

    # -- translating

    @abstractmethod
    def read_conversation(self, request: LLMRequest) -> Conversation:
        """Raises `InvalidRequest`, also for what no other format could be given."""

    @abstractmethod
    def writer(self, request: LLMRequest, stamp: Stamp) -> LLMWriter: ...

    @abstractmethod
    def write_answer(self, answer: LLMAnswer, request: LLMRequest, stamp: Stamp) -> bytes: ...


class LLMEgress(WireFormat):
    """The endpoint's side of a wire format. Pure: bytes in, bytes or values out.

    What has to do with `Conversation`, `LLMEvent` and `LLMAnswer` is for translating. A format that
    `ends_with_connection` has no end mark: `end_mark` is of the event that says why, behind which
    more may come.
    """

    channel: ClassVar[str] = "llm"
    capabilities: ClassVar[LLMCapabilities]
    manner: ClassVar[Manner]
    end_mark: ClassVar[bytes]
    ends_with_connection: ClassVar[bool] = False
    headers: tuple[tuple[str, str], ...] = ()
    knows_calls: ClassVar[bool] = False
    """Whether its endpoints are told which call a request belongs to: its `session`."""
    recalls: ClassVar[bool] = False
    """Whether its endpoints keep what was said in a call, and are told only what is new."""

    def configured(self, settings: Mapping[str, Any]) -> "LLMEgress":
        """The format as an endpoint with these settings speaks it, where whole answers differ."""
        return self

    @property
    def asks_for_usage(self) -> bool:
        """Whether endpoints report usage on request only, by the setting `include_usage`."""
        return any(setting.name == "include_usage" for setting in self.settings)

    def url(
        self, target: str, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> str:
        """The endpoint's own URL, as it is, unless the format has its model or stream in there.

        An override keeps the origin: credentials and address rules hold for that of `target`.
        """
        return target

    is_stream = staticmethod(is_stream)

    def dialogue(self, body: bytes) -> Dialogue | None:
        """What a request becomes for an endpoint over a WebSocket, whose answer is an event stream;
        `None` where it is posted.
        """
        return None

    @abstractmethod
    def write_conversation(
        self, conversation: Conversation, *, model: str, settings: Mapping[str, Any]
    ) -> bytes:
        """The body for an endpoint; `model`, when not empty, replaces the caller's."""

    @abstractmethod
    def reader(self, settings: Mapping[str, Any]) -> LLMReader: ...

    @abstractmethod
    def read_answer(self, body: bytes) -> list[LLMEvent]:
        """A whole answer; a `Failure` in it if it is none."""

    def reply_session(self, body: bytes) -> str | None:
        """The endpoint's own name for the call, of a whole answer (see `LLMTally`)."""
        return None

    @abstractmethod
    def read_error(self, body: bytes) -> Failure:
        """The body of an endpoint's 4xx or 5xx."""


class PassThrough(LLMEgress):
    """An endpoint's side whose bytes some callers' are too: theirs pass unchanged.

    It is a `Passage` by itself.
    """

    @property
    def shape(self) -> str:
        """The format of those callers: of its own, unless it says otherwise."""
        return self.name

    @abstractmethod
    def write_request(
        self, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> bytes:
        """The body for an endpoint; `model`, when not empty, replaces the caller's."""

    @abstractmethod
    def relay(self, request: LLMRequest, settings: Mapping[str, Any]) -> LLMRelay: ...

    @abstractmethod
    def read_reply(self, body: bytes) -> LLMTally:
        """Meters a whole (not streamed) answer; never raises, `failure` says what is wrong."""

    def reply(self, body: bytes, request: LLMRequest) -> bytes:
        """A whole answer for the caller, as a stream if that was asked for."""
        return self.reply_as_stream(body, request) if request.stream else body

    @abstractmethod
    def reply_as_stream(self, body: bytes, request: LLMRequest) -> bytes:
        """A whole answer as the stream that its caller asked for; an error object stays one."""

    def error(self, status: int, body: bytes) -> bytes | None:
        """Nothing: the endpoint's own error has the caller's shape."""
        return None


class LLMFormat(PassThrough, LLMIngress):
    """One wire format, both sides of it."""

    @abstractmethod
    def write_stream_error(self, *, code: str, message: str) -> bytes:
        """What is sent when a stream that has begun cannot be finished (see `LLMRelay.fail`)."""
