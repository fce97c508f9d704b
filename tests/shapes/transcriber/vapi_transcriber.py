"""Vapi's custom transcriber."""

import json
from typing import Any

from tests.shapes.transcriber.shape import CallerShape, Said, ServerShape, json_of


def _said(message: str | bytes) -> Said:
    said = json_of(message)
    if said["type"] == "error":
        return [("error", said["error"])]
    if said["channel"] != "customer":
        return []  # the assistant, where bytes pass unchanged
    kinds = {"partial": "interim", "final": "final"}
    return [(kinds[said["transcriptType"]], said["transcription"])]


def _heard(message: str | bytes) -> Said:
    if isinstance(message, str):
        start = json.loads(message)
        assert (start["type"], start["encoding"], start["channels"]) == ("start", "linear16", 2)
        return [("opening", {**start, "rate": start["sampleRate"]})]
    assert len(message) % 4 == 0
    return [("audio", b"".join(message[at : at + 2] for at in range(0, len(message), 4)))]


def _response(text: str, kind: str, channel: str = "customer") -> dict[str, Any]:
    return {"type": "transcriber-response", "transcription": text, "channel": channel,
            "transcriptType": kind}  # fmt: skip


CALLER = CallerShape(
    "/vapi/transcriber",
    _said,
    channels=2,
    opens=(
        '{"type":"start","encoding":"linear16","container":"raw","sampleRate":16000,"channels":2}',
    ),
    tells=frozenset({"interim", "final"}),
)
SERVER = ServerShape(
    _heard,
    {
        "interim": [_response("I am", "partial", "assistant"), _response("hel", "partial")],
        "final": [_response("hello", "final")],
        "error": [{"type": "error", "error": "no model"}],
    },
    asks=False,
    closes=False,
    tells=frozenset({"interim", "final"}),
)
