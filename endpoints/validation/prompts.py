"""What the calls of a run ask for, by channel: little, and of known length."""

import json
from collections.abc import Mapping
from typing import Any

NO_MODEL = "default"
STREAM_PROMPT = "Count from one to twenty in words, one after the other."
REPLY_PROMPT = "Answer with the one word: ready."
SENTENCE = "Good morning, this is a short test of the voice that you will hear on calls."
WORD = "Ready."
STYLE = "Speak warmly and slowly."
RATE = 24_000
OTHER_RATE = 8_000


def _chat(prompt: str, **fields: Any) -> bytes:
    messages = [{"role": "user", "content": prompt}]
    return json.dumps({"model": NO_MODEL, "messages": messages, **fields}).encode()


def _speech(text: str, rate: int = RATE, **fields: Any) -> bytes:
    named = {"text": text, "voice": NO_MODEL, "language": "en-US", "format": f"pcm_{rate}"}
    return json.dumps({**named, **fields}).encode()


BODIES: Mapping[str, Mapping[str, bytes]] = {
    "llm": {
        "stream": _chat(STREAM_PROMPT, stream=True, max_tokens=200),
        "anonymous": _chat(REPLY_PROMPT, max_tokens=1),
        "reply": _chat(REPLY_PROMPT, max_tokens=32),
    },
    "voice": {
        "stream": _speech(SENTENCE),
        "anonymous": _speech(WORD),
        "other_rate": _speech(SENTENCE, OTHER_RATE),
        "styled": _speech(WORD, instructions=STYLE),
    },
}
"""`stream` is the call as an agent makes it; the others are made if that one was answered."""
