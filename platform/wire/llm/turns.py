"""LLM formats whose callers hold a socket for a whole call and ask for turns over it."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from wire.aim import Aim
from wire.llm.base import LLMIngress, LLMRequest


@dataclass(frozen=True, slots=True)
class Heard:
    """What a caller's message calls for: messages at once; a turn, which ends the one before it."""

    replies: tuple[bytes, ...] = ()
    request: LLMRequest | None = None


class TurnSession(Protocol):
    """What one call's socket has to remember between messages. It never raises."""

    def opening(self) -> tuple[bytes, ...]:
        """What is said before the caller has said anything."""
        ...

    def hear(self, message: bytes) -> Heard: ...


class TurnTap(Protocol):
    """Reads what passes between a caller and an endpoint of the same format. It never raises."""

    def asked(self, message: bytes) -> int | None:
        """UTF-8 size of the text that a caller's message wants an answer to; `None` if none."""
        ...

    def said(self, message: bytes) -> int:
        """UTF-8 size of what an endpoint's message has the caller hear."""
        ...


class TurnFormat(LLMIngress):
    """Each line that its writers write is a message of its own."""

    @abstractmethod
    def session(self, call: str) -> TurnSession:
        """For one socket; `call` is the id in its URL."""

    @abstractmethod
    def tap(self) -> TurnTap: ...

    @abstractmethod
    def aim(self, call: str) -> Aim:
        """Where an endpoint is called for a call of that id."""
