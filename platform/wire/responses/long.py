"""Events that are too long to be held: what their first line says of them.

The first and the last events of a stream repeat what was asked (tools, instructions) and all that
was answered.
"""

import re

from wire.sse import leading_size

LONGEST_EVENT = 1024 * 1024
_NAME = re.compile(rb"event: ?([a-z_.]+)[\r\n]")
_ENDS = (b"\n\n", b"\r\r", b"\r\n\r\n", b"\r\n\r")


class LongEvents:
    """Takes the pieces of overlong events, one event after the other."""

    def __init__(self) -> None:
        self._inside = False

    def name(self, piece: bytes) -> str | None:
        """The name of the event that begins here, empty if it has none; `None` inside of one."""
        begins, self._inside = not self._inside, not piece.endswith(_ENDS)
        if not begins:
            return None
        found = _NAME.match(piece, leading_size(piece))
        return found[1].decode() if found else ""
