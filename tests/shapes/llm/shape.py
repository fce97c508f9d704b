"""LLM formats as their servers and callers speak them, by hand: what the pair matrix is run with.

A server's answer is a list of parts by name (`begin`, `text`, `tool`, `end` …): one test
plays the same scene in every shape.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.upstreams.script import Seen, Step, sse

PICTURE = "iVBORw0KGgo="
USER = {"role": "user", "content": "Hi"}


def in_the_body(seen: Seen) -> tuple[str, bool]:
    body = seen.json()
    return body["model"], body["stream"]


@dataclass(frozen=True)
class Shape:
    """`asked` are request bodies by scene (none where no caller speaks it), `parts` events of a
    stream, which `steps` plays, `whole` a reply. Where there are no `parts`, every good answer is
    the reply; where there is no `whole`, it is a stream.

    `told` picks out of a request's body, as its server sees it, what the scene is about, `asks` out
    of the whole request the model and whether to stream. `more` are members of a request that
    other formats have not.
    """

    path: str
    asked: Mapping[str, Mapping[str, Any]]
    parts: Mapping[str, Sequence[str]]
    whole: Mapping[str, Any]
    error: Mapping[str, Any]
    told: Mapping[str, Any]
    asks: Callable[[Seen], tuple[str, bool]] = in_the_body
    steps: Callable[..., list[Step]] = sse
    more: Mapping[str, Any] = field(default_factory=dict)


def event(kind: str, **members: Any) -> str:
    return f"event: {kind}\ndata: " + json.dumps({"type": kind, **members})
