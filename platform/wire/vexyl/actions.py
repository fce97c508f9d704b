"""What VEXYL can be made to do besides speaking: flags, tools by many names, marks in the text."""

import re
from dataclasses import dataclass

from wire.settings import Setting, is_text

ESCALATE_TOOL = Setting(
    "escalate_tool",
    "The tool that callers see called when the endpoint sets `shouldEscalate`.",
    "the name of a tool",
    "transfer_call",
    is_text,
)
HANGUP_TOOL = Setting(
    "hangup_tool",
    "The tool that callers see called when the endpoint sets `shouldHangup`.",
    "the name of a tool",
    "end_call",
    is_text,
)

ESCALATE_NAMES = frozenset(
    {"escalate", "escalatecall", "escalatetohuman", "handoff", "transfer", "transfercall",
     "transfertoagent", "transfertohuman", "transfertonumber", "transfernumber"}
)  # fmt: skip
HANGUP_NAMES = frozenset({"endcall", "endthecall", "hangup", "hangupcall"})
"""Names of tools without their `_`, `-` and capitals."""

# Without the white space before it: a run of that would be searched anew from each of its places.
_MARK = re.compile(r"\[(ESCALATE|HANGUP)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Actions:
    escalate: bool = False
    hangup: bool = False

    def __or__(self, other: "Actions") -> "Actions":
        return Actions(self.escalate or other.escalate, self.hangup or other.hangup)

    def __bool__(self) -> bool:
        return self.escalate or self.hangup


def plain_name(tool: str) -> str:
    """As in the sets above."""
    return tool.replace("_", "").replace("-", "").lower()


def of_tool(name: str) -> Actions:
    """What calling a tool of that name stands for; nothing where it is some other tool."""
    plain = plain_name(name)
    return Actions(plain in ESCALATE_NAMES, plain in HANGUP_NAMES)


def without_marks(text: str) -> tuple[str, Actions]:
    """The text without `[ESCALATE]` and `[HANGUP]`, and what these ask for."""
    pieces = _MARK.split(text)
    marks = {mark.upper() for mark in pieces[1::2]}
    *before, last = pieces[::2]
    kept = "".join([*(piece.rstrip(" \t") for piece in before), last])
    return kept.strip(), Actions("ESCALATE" in marks, "HANGUP" in marks)
