"""Rymi's STT."""

from tests.shapes.transcriber.shape import CallerShape, Said, ServerShape, json_of


def _said(message: str | bytes) -> Said:
    said = json_of(message)
    kinds = {"interim": "interim", "final": "final", "utterance_end": "end",
             "speech_started": "start", "error": "error"}  # fmt: skip
    return [(kinds[said["type"]], said.get("text", said.get("message")))]


def _heard(message: str | bytes) -> Said:
    if isinstance(message, bytes):
        return [("audio", message)]
    return [(json_of(message)["type"], None)]


CALLER = CallerShape("/stt", _said, finalize='{"type":"finalize"}', close='{"type":"close"}')
SERVER = ServerShape(
    _heard,
    {
        "start": [{"type": "speech_started"}],
        "interim": [{"type": "interim", "text": "hel"}],
        "final": [{"type": "final", "text": "hello", "confidence": 0.5, "language_code": "en"}],
        "end": [{"type": "utterance_end"}],
        "error": [{"type": "error", "message": "no model"}],
    },
)
