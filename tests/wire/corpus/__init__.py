"""Recorded streams: what an endpoint sends, and what is to be understood of it.

`FORMAT/NAME.sse` holds the bytes; `FORMAT/NAME.json` says what they mean (`Expected`).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wire.events import Usage

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """`withheld`: the exact events that a caller does not get who did not ask for usage."""

    name: str
    body: bytes
    withheld: tuple[bytes, ...]
    text: dict[str, str]
    reasoning: str
    tools: list[dict[str, str]]
    finish: list[str]
    usage: Usage | None
    failure: dict[str, str | None] | None
    complete: bool

    @property
    def shown(self) -> bytes:
        """The body without what is withheld."""
        shown = self.body
        for event in self.withheld:
            assert shown.count(event) == 1, f"{self.name}: {event!r} must occur once"
            shown = shown.replace(event, b"")
        return shown


def cases(wire_format: str) -> list[Case]:
    return [_case(path) for path in sorted((FOLDER / wire_format).glob("*.sse"))]


def _case(path: Path) -> Case:
    expected: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
    withheld = tuple(event.encode() for event in expected.pop("withheld"))
    usage = expected.pop("usage")
    return Case(
        name=path.stem,
        body=path.read_bytes(),
        withheld=withheld,
        usage=None if usage is None else Usage(**usage),
        **expected,
    )
