"""OpenAI's realtime transcription, which only endpoints speak."""

from base64 import b64decode
from typing import Any

from tests.shapes.transcriber.shape import Said, ServerShape, json_of


def _heard(message: str | bytes) -> Said:
    said = json_of(message)
    match said["type"]:
        case "session.update":
            heard = said["session"]["audio"]["input"]
            return [("opening", {**heard, "rate": heard["format"]["rate"]})]
        case "input_audio_buffer.append":
            return [("audio", b64decode(said["audio"], validate=True))]
    assert said["type"] == "input_audio_buffer.commit"
    return [("finalize", None)]


def _item(kind: str, **members: Any) -> dict[str, Any]:
    name = f"conversation.item.input_audio_transcription.{kind}"
    return {"type": name, "item_id": "i1", "content_index": 0, **members}


SERVER = ServerShape(
    _heard,
    {
        "start": [{"type": "input_audio_buffer.speech_started", "item_id": "i1"}],
        "interim": [_item("delta", delta="hel")],
        "final": [
            {"type": "input_audio_buffer.speech_stopped", "item_id": "i1"},
            {"type": "input_audio_buffer.committed", "item_id": "i1"},
            _item("completed", transcript="hello", usage={"type": "duration", "seconds": 1}),
        ],
        "error": [{"type": "error", "error": {"type": "server_error", "message": "no model"}}],
    },
    greets=({"type": "session.created", "session": {}},),
    closes=False,
)
