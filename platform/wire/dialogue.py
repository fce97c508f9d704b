"""A request that is answered over a WebSocket of its own: what is said there and heard. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Heard:
    """What comes of an endpoint's message: bytes of the answer, and text messages to send at once.

    `done`: the answer is whole. `failed`: the endpoint says that it cannot answer.
    """

    body: bytes = b""
    replies: tuple[bytes, ...] = ()
    done: bool = False
    failed: bool = False


class Dialogue(Protocol):
    """For one request. None of it raises."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the answer, as if it had come over HTTP; they stand once any of its body is there."""
        ...

    @property
    def quiet(self) -> float | None:
        """After so many seconds in which nothing of the answer comes it is whole; `None` while it
        has another end.
        """
        ...

    @property
    def pause(self) -> float | None:
        """Seconds until it has something to `say` of its own accord; `None` for never."""
        ...

    def opening(self) -> tuple[bytes, ...]:
        """Text messages for right after the upgrade."""
        ...

    def say(self, now: int) -> tuple[bytes, ...]:
        """Text messages for the end of a `pause`; `now` in milliseconds since the epoch."""
        ...

    def hear(self, message: bytes, *, is_text: bool) -> Heard:
        """A whole text message, or a piece of a binary one."""
        ...

    def closed(self, code: int) -> bool:
        """Whether the answer is whole when the endpoint closes with this code."""
        ...

    def farewell(self) -> tuple[bytes, ...]:
        """Text messages before the close, once the answer is whole and the endpoint still there."""
        ...
