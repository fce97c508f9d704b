"""AssemblyAI, which only endpoints speak."""

from typing import Any

from tests.shapes.query import query_of
from tests.shapes.transcriber.shape import Said, ServerShape, json_of


def _heard(message: str | bytes) -> Said:
    if isinstance(message, bytes):
        return [("audio", message)]
    kinds = {"ForceEndpoint": "finalize", "Terminate": "close"}
    return [(kinds[json_of(message)["type"]], None)]


def _turn(text: str, *, ended: bool, formatted: bool = False) -> dict[str, Any]:
    return {"type": "Turn", "turn_order": 0, "end_of_turn": ended, "turn_is_formatted": formatted,
            "transcript": text, "end_of_turn_confidence": 0.9, "words": []}  # fmt: skip


SERVER = ServerShape(
    _heard,
    {
        "start": [{"type": "SpeechStarted", "timestamp": 1, "confidence": 0.9}],
        "interim": [_turn("hel", ended=False)],
        "final": [_turn("hello", ended=True), _turn("hello", ended=True, formatted=True)],
        "error": [{"type": "Error", "error_code": 3005, "error": "no model"}],
    },
    rate=lambda path: int(query_of(path)["sample_rate"]),
    greets=({"type": "Begin", "id": "s1", "expires_at": 1735700000},),
)
