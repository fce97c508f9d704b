"""Streams of this format, taken apart and put together by hand."""

import json
from typing import Any


def parsed(stream: bytes) -> list[dict[str, Any]]:
    """The events of a stream, each named as its type is."""
    found = []
    for event in stream.decode().removesuffix("\n\n").split("\n\n"):
        name, data = event.split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


def event(kind: str, **members: Any) -> bytes:
    return b"data: " + json.dumps({"type": f"response.{kind}", **members}).encode() + b"\n\n"
