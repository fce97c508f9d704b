"""What a Retell-style server says, read as kindly as can be."""

import msgspec
from msgspec import Struct

from wire.loose import loosely
from wire.members import loads

ASKED = 1
"""The id of the one turn that is asked for over a socket; 0 is the greeting's."""
PIECE = "response"


class Config(Struct, gc=False):
    auto_reconnect: bool = False
    call_details: bool = False
    transcript_with_tool_calls: bool = False


class Said(Struct, gc=False):
    response_type: str = PIECE
    response_id: int | None = None
    content: str = ""
    content_complete: bool = False
    end_call: bool = False
    transfer_number: str | int = ""
    digit_to_press: str | int = ""
    config: Config | None = None

    @property
    def answers(self) -> bool:
        """Whether it is a piece of the answer: what is said of other turns is passed over."""
        return self.response_type == PIECE and self.response_id == ASKED


_DECODER = msgspec.json.Decoder(Said)


def read_said(data: bytes) -> Said | None:
    """`None` for what is no JSON object."""
    try:
        return _DECODER.decode(data)
    except (ValueError, RecursionError):
        return _loosely(data)


def _loosely(data: bytes) -> Said | None:
    """For ill-typed members, null among them, and for half an emoji, which msgspec refuses."""
    try:
        value = loads(data)
    except ValueError:
        return None
    return loosely(value, Said) if isinstance(value, dict) else None
