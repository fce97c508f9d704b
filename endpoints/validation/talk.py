"""One recorded conversation with a transcriber: who sent what, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import msgspec

from egress.link import End
from endpoints.validation.exchange import Exchange
from wire.events import FinalText, InterimText, TranscriberEvent

Kind = Literal["text", "binary", "close", "event"]

_REFUSAL_CODES = frozenset({1008, 4401, 4403})  # of a close; 1008 is «policy violation»


@dataclass(frozen=True)
class Line:
    """What one side sent; `at` in seconds after the request began.

    Binary messages in a row are one line: `count` of them, `size` bytes, the last at `until`.
    `data` is a message's text or a close's reason, `event` what the wire format reads in it; what
    a message says beyond that follows it in lines of the kind «event». `known`: the wire format
    knows the message.
    """

    at: float
    ours: bool
    kind: Kind
    size: int = 0
    data: bytes = b""
    event: TranscriberEvent | None = None
    code: int = 0
    count: int = 1
    until: float = 0.0
    known: bool = True

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")

    @property
    def words(self) -> str:
        """What was heard, if that is what the message says."""
        return self.event.text if isinstance(self.event, InterimText | FinalText) else ""

    @cached_property
    def members(self) -> Mapping[str, Any] | None:
        """`None` when the text is no JSON object."""
        try:
            value = msgspec.json.decode(self.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


@dataclass(frozen=True)
class Talk(Exchange):
    """`kind` is «stream» once the upgrade was accepted; `cut` when too much came.

    `end` is how the endpoint ended it, at `end_at`; `finalize_at` and `close_at` are when it was
    asked for that, `None` where it never came so far; where the wire format has no word for it,
    when that would have been said. `peek`: nothing was to be played. `repeatable`: the script of
    the examples speaks the wire format.
    """

    lines: tuple[Line, ...] = ()
    end: End | None = None
    end_at: float = 0.0
    finalize_at: float | None = None
    close_at: float | None = None
    peek: bool = False
    repeatable: bool = True

    @property
    def spoken(self) -> bool:
        """Whether any audio was played."""
        return any(line.ours and line.kind == "binary" for line in self.lines)

    @property
    def refusal(self) -> str:
        """Some servers accept any upgrade, and close at once where the credential is wrong."""
        end = self.end
        if end is None or not (self.peek or end.code in _REFUSAL_CODES):
            return super().refusal
        return f"close code {end.code}"

    @property
    def came(self) -> list[Line]:
        """The endpoint's messages."""
        return [line for line in self.told if line.kind != "event"]

    @property
    def told(self) -> list[Line]:
        """All that the endpoint's messages say."""
        return [line for line in self.lines if not line.ours and line.kind != "close"]

    def saying(self, *kinds: type) -> list[Line]:
        """What the endpoint said of these."""
        return [line for line in self.told if isinstance(line.event, kinds)]
