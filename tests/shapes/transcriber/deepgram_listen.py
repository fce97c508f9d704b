"""Deepgram's listen."""

from typing import Any

from tests.shapes.query import query_of
from tests.shapes.transcriber.shape import CallerShape, Said, ServerShape, json_of


def _results(text: str, *, final: bool, ended: bool = False) -> dict[str, Any]:
    best = {"transcript": text, "confidence": 0.5, "words": [], "languages": ["en"]}
    return {"type": "Results", "channel_index": [0, 1], "is_final": final, "speech_final": ended,
            "start": 0.0, "duration": 1.0, "channel": {"alternatives": [best]},
            "metadata": {"request_id": "r", "model_uuid": "m", "model_info": {
                "name": "nova-3", "version": "1", "arch": "nova-3"}}}  # fmt: skip


def _said(message: str | bytes) -> Said:
    said = json_of(message)
    if said["type"] == "Error":
        return [("error", said["description"])]
    if said["type"] != "Results":
        kinds = {"SpeechStarted": "start", "UtteranceEnd": "end", "Metadata": "metadata"}
        return [(kinds[said["type"]], None)]
    text = said["channel"]["alternatives"][0]["transcript"]
    return [("final" if said["is_final"] else "interim", text)] if text else []


def _heard(message: str | bytes) -> Said:
    if isinstance(message, bytes):
        return [("audio", message)]
    kinds = {"Finalize": "finalize", "CloseStream": "close", "KeepAlive": "keep"}
    return [(kinds[json_of(message)["type"]], None)]


CALLER = CallerShape(
    "/v1/listen?model=nova-3&encoding=linear16&sample_rate=8000&channels=1&interim_results=true"
    "&vad_events=true&utterance_end_ms=1000&language=en",
    _said,
    rate=8_000,
    finalize='{"type":"Finalize"}',
    close='{"type":"CloseStream"}',
)
SERVER = ServerShape(
    _heard,
    {
        "start": [{"type": "SpeechStarted", "channel": [0], "timestamp": 0.1}],
        "interim": [_results("hel", final=False)],
        "final": [_results("hel", final=True), _results("lo", final=True, ended=True)],
        "end": [{"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": 0.4}],
        "error": [{"type": "Error", "description": "no model"}],
    },
    rate=lambda path: int(query_of(path)["sample_rate"]),
)
