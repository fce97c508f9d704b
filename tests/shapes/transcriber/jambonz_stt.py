"""jambonz' custom STT."""

from typing import Any

from tests.shapes.transcriber.shape import CallerShape, Said, ServerShape, json_of


def _said(message: str | bytes) -> Said:
    said = json_of(message)
    if said["type"] == "error":
        return [("error", said["error"])]
    assert said["type"] == "transcription"
    kind = "final" if said["is_final"] else "interim"
    return [(kind, said["alternatives"][0]["transcript"])]


def _heard(message: str | bytes) -> Said:
    if isinstance(message, bytes):
        return [("audio", message)]
    said = json_of(message)
    if said["type"] == "stop":
        return [("close", None)]
    assert (said["format"], said["encoding"]) == ("raw", "LINEAR16")
    return [("opening", {**said, "rate": said["sampleRateHz"]})]


def _transcription(text: str, *, final: bool) -> dict[str, Any]:
    alternatives = [{"transcript": text, "confidence": 0.5}, {"transcript": "x", "confidence": 0}]
    return {"type": "transcription", "is_final": final, "alternatives": alternatives,
            "language": "en-US", "channel": 1}  # fmt: skip


CALLER = CallerShape(
    "/jambonz/stt",
    _said,
    rate=8_000,
    opens=(
        '{"type":"start","language":"en-US","format":"raw","encoding":"LINEAR16",'
        '"interimResults":true,"sampleRateHz":8000,"options":{"hints":["rymi"]}}',
    ),
    close='{"type":"stop"}',
    tells=frozenset({"interim", "final"}),
)
SERVER = ServerShape(
    _heard,
    {
        "interim": [_transcription("hel", final=False)],
        "final": [_transcription("hello", final=True)],
        "error": [{"type": "error", "error": "no model"}],
    },
    asks=False,
    tells=frozenset({"interim", "final"}),
)
