"""What every check is: pure, from recorded exchanges to a finding."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from dispatch.endpoint import EndpointSnapshot
from egress.inspect import Peer
from endpoints.models import CheckStatus
from endpoints.validation.exchange import Exchange, Failure
from endpoints.validation.redaction import Redactor, quoted
from endpoints.validation.talk import Talk
from wire.events import CallerWord
from wire.llm.base import LLMEgress, PassThrough
from wire.registry import format_named
from wire.transcriber.base import EndpointSide
from wire.transcriber.opening import Opening
from wire.voice.base import VoiceFormat

AT_THE_DOOR = frozenset(
    {"upstream_refused", "upstream_connect_failed", "upstream_tls_failed", "secret_unreadable"}
)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at the door of one target: a peer or a failure."""

    url: str
    peer: Peer | None
    failure: Failure | None


@dataclass(slots=True)
class Seen:
    """All that the checks of one run may look at; exchanges are recorded before they are asked for.

    `now` in seconds since the epoch. An exchange that did not apply is `None`. `unreadable` is set
    when a stored secret (the credential, or the query of a URL) does not open.
    """

    endpoint: EndpointSnapshot
    now: float
    unreadable: Failure | None = None
    looks: list[Look] = field(default_factory=list)
    exchanges: dict[str, Exchange | None] = field(default_factory=dict)

    @property
    def first(self) -> Exchange:
        """The streamed call, made exactly as Patchbay makes it for an agent."""
        exchange = self.exchanges["stream"]
        assert exchange is not None  # noqa: S101 - this one always applies
        return exchange

    @property
    def spoken(self) -> LLMEgress:
        """What an LLM endpoint speaks."""
        return format_named("llm", self.endpoint.wire_format)

    @property
    def has_openai_chunks(self) -> bool:
        """Whether an LLM endpoint streams OpenAI's chunks."""
        spoken = self.spoken
        return isinstance(spoken, PassThrough) and spoken.shape == "openai-chat"

    @property
    def over_socket(self) -> bool:
        """Whether the endpoint is asked over a WebSocket."""
        return format_named(self.endpoint.channel, self.endpoint.wire_format).scheme == "wss"

    @property
    def speaks(self) -> VoiceFormat:
        """What a voice endpoint speaks."""
        return format_named("voice", self.endpoint.wire_format)

    @property
    def ear(self) -> EndpointSide:
        """What a transcriber endpoint speaks."""
        wire = format_named("transcriber", self.endpoint.wire_format)
        return wire.endpoint_side(Opening(), model=self.endpoint.model)

    def heard_as(self, word: CallerWord) -> str:
        """The message by which a transcriber endpoint is told it."""
        messages = self.ear.finalize() if word == "finalize" else self.ear.close()
        return messages[-1].data.decode()

    @property
    def judged(self) -> Exchange:
        """The streamed call to judge: without `stream_options` where those were refused."""
        return self.exchanges.get("plain") or self.first

    def quote(self, text: str) -> str:
        """The endpoint's own words, fit for a summary."""
        return quoted(text, Redactor(self.endpoint))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw, and how to mend it; `shows` is the exchange that proves it."""

    status: CheckStatus
    summary: str
    hint: str = ""
    shows: Exchange | None = None


def passed(summary: str, shows: Exchange | None = None) -> Finding:
    return Finding(CheckStatus.PASSED, summary, "", shows)


def warning(summary: str, hint: str, shows: Exchange | None = None) -> Finding:
    return Finding(CheckStatus.WARNING, summary, hint, shows)


def failed(summary: str, hint: str, shows: Exchange | None = None) -> Finding:
    return Finding(CheckStatus.FAILED, summary, hint, shows)


def skipped(summary: str) -> Finding:
    return Finding(CheckStatus.SKIPPED, summary)


class Check(ABC):
    """One test. `name` is in the database and the API and never changes.

    `needs` names the exchanges that must be recorded before; `position` orders the checks; `about`
    says in one line what is looked at (docs/validation.md shows it).
    """

    name: ClassVar[str]
    label: ClassVar[str]
    about: ClassVar[str]
    position: ClassVar[int]
    channels: ClassVar[tuple[str, ...]] = ("llm",)
    needs: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def run(self, seen: Seen) -> Finding: ...


class StreamCheck(Check):
    """Looks at the streamed call, if there was a stream to look at.

    `whole`: only a stream that came to its end can be judged; one that broke off is the finding of
    the check `ending`, and of no other.
    """

    needs = ("stream", "plain")
    whole: ClassVar[bool] = True

    def run(self, seen: Seen) -> Finding:
        exchange = seen.judged
        if exchange.kind != "stream":
            return skipped("There was no stream to look at.")
        if self.whole and not exchange.ended:
            return skipped("The stream broke off, so this cannot be judged.")
        return self.judge(seen, exchange)

    @abstractmethod
    def judge(self, seen: Seen, exchange: Exchange) -> Finding: ...


class TalkCheck(Check):
    """Looks at the conversation with a transcriber, if there was one.

    `whole`: only one that came to its end can be judged, as with `StreamCheck`.
    """

    channels = ("transcriber",)
    needs = ("stream",)
    whole: ClassVar[bool] = True

    def run(self, seen: Seen) -> Finding:
        talk = seen.first
        if not isinstance(talk, Talk) or talk.kind != "stream" or talk.refusal:
            return skipped("There was no conversation to look at.")
        if self.whole and (talk.close_at is None or talk.failure is not None):
            return skipped("The conversation broke off, so this cannot be judged.")
        return self.judge(seen, talk)

    @abstractmethod
    def judge(self, seen: Seen, talk: Talk) -> Finding: ...
