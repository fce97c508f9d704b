"""Events of a stream, each with its number."""

from typing import Any

from wire.members import dumps


class Numbered:
    """`next` is the number of the event to come."""

    __slots__ = ("next",)

    def __init__(self, first: int = 0) -> None:
        self.next = first

    def event(self, kind: str, **members: Any) -> bytes:
        data = dumps({"type": kind, "sequence_number": self.next, **members})
        self.next += 1
        return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"
