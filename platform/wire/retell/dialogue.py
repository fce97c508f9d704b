"""A turn over a socket of its own, as a Retell-style server is asked for it."""

from collections.abc import Mapping
from types import MappingProxyType

from wire.dialogue import Heard
from wire.members import join_members, split_members
from wire.retell.bodies import WITH_TOOLS
from wire.retell.frames import call_details, ping
from wire.retell.requests import CALL
from wire.retell.said import Config, read_said

GREETING_SECONDS = 0.3
"""How long a server has to say what it wants to know; then it is asked, come what may."""
BEAT_SECONDS = 2.0
_HEADERS = MappingProxyType({"content-type": "text/event-stream"})


class RetellDialogue:
    """A `Dialogue`, whose answer is an event stream: a message of the server's is an event of it.

    The server is asked once it has said anything, for its `config` comes first if it has one.
    """

    def __init__(self, body: bytes) -> None:
        """For what `bodies.write_conversation` wrote."""
        self._fields = split_members(body)
        self._details = bytes(self._fields.pop(CALL))
        self._with_tools = self._fields.pop(WITH_TOOLS, None)
        self._asked = self._detailed = self._pings = False

    @property
    def headers(self) -> Mapping[str, str]:
        return _HEADERS

    @property
    def quiet(self) -> float | None:
        return None

    @property
    def pause(self) -> float | None:
        return BEAT_SECONDS if self._asked else GREETING_SECONDS

    def opening(self) -> tuple[bytes, ...]:
        return ()

    def say(self, now: int) -> tuple[bytes, ...]:
        """A ping of the server's is answered here and not when it comes: one that echoes ours would
        never end.
        """
        if not self._asked:
            return (self._ask(),)
        return (ping(now),) if self._pings else ()

    def hear(self, message: bytes, *, is_text: bool) -> Heard:
        said = read_said(message) if is_text else None
        if said is None:
            return Heard(_event(message), done=True)
        if self._asked and said.answers:
            return Heard(_event(message), done=said.content_complete)
        self._pings = self._pings or said.response_type == "ping_pong"
        replies = self._configured(said.config) if said.config else ()
        return Heard(replies=replies if self._asked else (*replies, self._ask()))

    def closed(self, code: int) -> bool:
        """Never: a turn is complete when it says so."""
        return False

    def farewell(self) -> tuple[bytes, ...]:
        return ()

    def _configured(self, config: Config) -> tuple[bytes, ...]:
        self._pings = self._pings or config.auto_reconnect
        if self._with_tools is not None and config.transcript_with_tool_calls:
            self._fields[WITH_TOOLS] = self._with_tools
        if not config.call_details or self._detailed:
            return ()
        self._detailed = True
        return (call_details(self._details),)

    def _ask(self) -> bytes:
        self._asked = True
        return join_members(self._fields)


def _event(message: bytes) -> bytes:
    """On one line, which no text in JSON minds."""
    return b"data: %b\n\n" % b" ".join(message.splitlines())
