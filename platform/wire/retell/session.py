"""One call's socket: what Retell says over it, and what is to be done about it."""

from wire.errors import InvalidRequest
from wire.llm.turns import Heard
from wire.retell.frames import APOLOGY, config, pong, response
from wire.retell.messages import Message, read_message
from wire.retell.requests import of_call, read_request

DETAILS_LIMIT = 16 * 1024


class RetellSession:
    """A `TurnSession`. Of the call's details at most 16 KiB are kept."""

    def __init__(self, call: str) -> None:
        self._call = call
        self._details = b""

    def opening(self) -> tuple[bytes, ...]:
        """Nobody is greeted: Retell waits for the caller's first words."""
        return config(), response(0, "", complete=True)

    def hear(self, message: bytes) -> Heard:
        read = read_message(message)
        if read is None:
            return Heard()
        if read.interaction_type == "ping_pong":
            return Heard((pong(read.timestamp or 0),))
        if read.interaction_type == "call_details":
            details = bytes(read.call)
            self._details = details if len(details) <= DETAILS_LIMIT else b""
        return self._turn(read, message) if read.wants_answer else Heard()

    def _turn(self, read: Message, message: bytes) -> Heard:
        try:
            request = read_request(message)
        except InvalidRequest:
            return Heard((response(read.response_id or 0, APOLOGY, complete=True),))
        return Heard(request=of_call(request, self._call, self._details))
