"""Recorded messages of jambonz' streaming TTS, one in each line."""

from pathlib import Path

_CORPUS = Path(__file__).parents[1] / "corpus" / "jambonz-tts-stream"


def messages(name: str) -> list[bytes]:
    return (_CORPUS / f"{name}.jsonl").read_bytes().splitlines()
