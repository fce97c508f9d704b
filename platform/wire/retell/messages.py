"""What Retell says, read no deeper than the session needs."""

from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from wire.members import loads

Interaction = Literal["response_required", "reminder_required"]
WANTING: tuple[str, ...] = ("response_required", "reminder_required")


class Message(Struct, gc=False):
    interaction_type: str = ""
    response_id: int | None = None
    timestamp: int | float | None = None
    call: Raw = Raw()

    @property
    def wants_answer(self) -> bool:
        return self.interaction_type in WANTING and self.response_id is not None


_DECODER = msgspec.json.Decoder(Message)


def read_message(data: bytes) -> Message | None:
    """`None` for what is no message: it is passed over, as Retell does with ours."""
    try:
        return _DECODER.decode(data)
    except msgspec.ValidationError:
        return None
    except (ValueError, RecursionError):
        return _loosely(data)


def _loosely(data: bytes) -> Message | None:
    """For half an emoji in a transcript, which msgspec refuses."""
    try:
        value: Any = loads(data)
        return msgspec.convert(value, Message) if isinstance(value, dict) else None
    except (ValueError, RecursionError):
        return None
