"""Reasoning that comes inside the text, between `<think>` and `</think>`."""

from enum import Enum

_OPEN = "<think>"
_CLOSE = "</think>"
_WHITE_LIMIT = 4096


class _Stage(Enum):
    START = "start"
    THOUGHT = "thought"
    GAP = "gap"
    TEXT = "text"


class ThinkSplitter:
    """Parts the text of one answer into reasoning and text, however it is cut.

    Only an answer that begins with the tag (after 4 KiB of white space at most) has reasoning; a
    tag later on is text. `feed` and `close` give (reasoning, text); what may be the start of a tag
    is held back.
    """

    def __init__(self) -> None:
        self._held = ""
        self._stage = _Stage.START

    @property
    def over(self) -> bool:
        """Nothing is held, and all that comes is text."""
        return self._stage is _Stage.TEXT

    def feed(self, text: str) -> tuple[str, str]:
        self._held += text
        reasoning = ""
        if self._stage is _Stage.START:
            self._start()
        if self._stage is _Stage.THOUGHT:
            reasoning = self._thought()
        if self._stage is _Stage.GAP:
            self._gap()
        return reasoning, self._rest() if self._stage is _Stage.TEXT else ""

    def close(self) -> tuple[str, str]:
        """What is still held: in an unfinished thought it is reasoning, else text."""
        held = self._rest()
        return (held, "") if self._stage is _Stage.THOUGHT else ("", held)

    def _start(self) -> None:
        begun = self._held.lstrip()
        if len(self._held) - len(begun) > _WHITE_LIMIT:
            self._stage = _Stage.TEXT
        elif begun.startswith(_OPEN):
            self._held = begun[len(_OPEN) :]
            self._stage = _Stage.THOUGHT
        elif not _OPEN.startswith(begun):
            self._stage = _Stage.TEXT

    def _thought(self) -> str:
        thought, closed, rest = self._held.partition(_CLOSE)
        if closed:
            self._held = rest
            self._stage = _Stage.GAP
            return thought
        keep = _overlap(thought)
        self._held = thought[len(thought) - keep :]
        return thought[: len(thought) - keep]

    def _gap(self) -> None:
        """Blank lines between thought and text are neither."""
        self._held = self._held.lstrip("\r\n")
        if self._held:
            self._stage = _Stage.TEXT

    def _rest(self) -> str:
        held, self._held = self._held, ""
        return held


def _overlap(text: str) -> int:
    """How many characters at the end of `text` may begin the closing tag."""
    sizes = range(min(len(text), len(_CLOSE) - 1), 0, -1)
    return next((size for size in sizes if _CLOSE.startswith(text[-size:])), 0)
