"""What passes between Retell and a server made for it, as it is metered."""

from wire.retell.messages import read_message
from wire.retell.requests import prompt_bytes, read_request
from wire.retell.said import PIECE, read_said
from wire.tokens import utf8_size

MEASURED = 64 * 1024
"""Bytes of a request; a longer one counts as it stands."""
_HEARD = (PIECE, "agent_interrupt")


class RetellTap:
    """A `TurnTap`."""

    def asked(self, message: bytes) -> int | None:
        if b"_required" not in message:
            return None  # most messages say what is being said, and hold all that was said before
        read = read_message(message)
        if read is None or not read.wants_answer:
            return None
        try:
            return len(message) if len(message) > MEASURED else prompt_bytes(read_request(message))
        except ValueError:
            return len(message)

    def said(self, message: bytes) -> int:
        said = read_said(message)
        return utf8_size(said.content) if said and said.response_type in _HEARD else 0
