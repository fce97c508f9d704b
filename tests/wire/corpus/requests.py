"""Recorded requests of callers: `FORMAT/NAME.request` is a body, `NAME.sent.json` what becomes of
it at an endpoint.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.wire.corpus import FOLDER


@dataclass(frozen=True)
class Recorded:
    """`at` goes below an agent's base; `to` is the endpoint's format, `sent` the object that it
    gets. A `stray` one is acknowledged, and the endpoint gets nothing.
    """

    name: str
    body: bytes
    at: str
    to: str
    sent: Any
    settings: dict[str, Any] = field(default_factory=dict)
    stray: bool = False


def requests() -> list[Recorded]:
    return [
        Recorded(
            f"{path.parent.name}-{path.stem}",
            path.read_bytes(),
            **json.loads(path.with_suffix(".sent.json").read_text()),
        )
        for path in sorted(FOLDER.glob("*/*.request"))
    ]
