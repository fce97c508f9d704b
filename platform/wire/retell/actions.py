"""What Retell can be made to do with a call, out of tools that platforms name in many ways."""

from typing import Any

from wire.events import ToolDelta
from wire.llm.bounds import MOST_CALLS
from wire.members import loads
from wire.vexyl.actions import ESCALATE_NAMES, HANGUP_NAMES, plain_name

_DIGIT_NAMES = frozenset({"pressdigit", "digittopress", "dtmf", "senddtmf", "playkeypadtouchtone"})
_NUMBERS = ("transfer_number", "number", "phone_number", "phoneNumber", "destination", "to")
_DIGITS = ("digit_to_press", "digit", "digits", "dtmf_tones", "dtmf", "keys")
_ARGUMENTS_LIMIT = 4096


class Called:
    """The tools of one answer, as their pieces come."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._arguments: dict[int, str] = {}

    def add(self, event: ToolDelta) -> None:
        if event.index not in self._names and len(self._names) == MOST_CALLS:
            return
        if event.name:
            self._names[event.index] = plain_name(event.name)
        known = self._arguments.get(event.index, "")
        self._arguments[event.index] = (known + event.arguments)[:_ARGUMENTS_LIMIT]

    def actions(self) -> dict[str, Any]:
        """Members of a turn's last message. Of several Retell does the first of these kinds."""
        found: dict[str, Any] = {}
        for index, name in self._names.items():
            if name in HANGUP_NAMES:
                found["end_call"] = True
            elif name in ESCALATE_NAMES:
                found |= _argument("transfer_number", _NUMBERS, self._arguments[index])
            elif name in _DIGIT_NAMES:
                found |= _argument("digit_to_press", _DIGITS, self._arguments[index])
        return found


def _argument(member: str, names: tuple[str, ...], arguments: str) -> dict[str, str]:
    """The first of the arguments that is there, as that member."""
    try:
        given = loads(arguments.encode("utf-8", "replace"))
    except ValueError:
        return {}
    values = [given.get(name) for name in names] if isinstance(given, dict) else []
    texts = [str(value) for value in values if isinstance(value, str | int) and value != ""]
    return {member: texts[0]} if texts else {}
