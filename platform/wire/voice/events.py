"""Sound in server-sent events, as OpenAI streams it: base64 in JSON."""

import binascii
from typing import Any

from wire.events import Failure, Usage
from wire.members import loads
from wire.openai.chunks import describe
from wire.openai.errors import event_failure, write_stream_error
from wire.sse import Overlong, SSESplitter, read_event
from wire.tokens import bounded
from wire.voice.readers import reader_of
from wire.voice.sound import Sound
from wire.voice.writers import BodyWriter

SSE = "text/event-stream"
EVENT_LIMIT = 1024 * 1024
DELTA, DONE = "speech.audio.delta", "speech.audio.done"
_NAMES = (b"data:", b"event:")


def is_events(content_type: str, start: bytes) -> bool:
    """Whether an answer is such a stream, and not sound."""
    return SSE in content_type.lower() or start.startswith(_NAMES)


class EventReader:
    """`sound` is the form that the events hold. What is no event of speech is left out."""

    __slots__ = ("_inner", "_splitter", "done", "failure", "usage")
    may_end = False

    def __init__(self, sound: Sound) -> None:
        self.usage: Usage | None = None
        self.failure: Failure | None = None
        self.done = False
        self._inner = reader_of(sound)
        self._splitter = SSESplitter(EVENT_LIMIT)

    @property
    def rate(self) -> int:
        return self._inner.rate

    def feed(self, data: bytes) -> bytes:
        return b"".join([self._read(piece) for piece in self._splitter.feed(data)])

    def _read(self, piece: bytes) -> bytes:
        """The sound of one event."""
        if self.done or self.failure:
            return b""
        if isinstance(piece, Overlong):
            self.failure = Failure("An event of its answer is too large.")
            return b""
        event = read_event(piece)
        self.failure = event_failure(event)
        if self.failure or event.data is None:
            return b""
        return self._said(event.data)

    def _said(self, data: bytes) -> bytes:
        self.done = data.strip() == b"[DONE]"
        try:
            value = loads(data)
        except ValueError:
            return b""
        if not isinstance(value, dict):
            return b""
        if value.get("error") or value.get("type") == "error":
            self.failure = describe(value.get("error") or value)
        elif value.get("type") == DONE:
            self.done, self.usage = True, _usage(value.get("usage"))
        elif value.get("type") == DELTA:
            return self._sound(value.get("audio"))
        return b""

    def _sound(self, audio: Any) -> bytes:
        try:
            sound = binascii.a2b_base64(audio)
        except (TypeError, ValueError):
            self.failure = Failure("An event of its answer holds no sound.")
            return b""
        sound = self._inner.feed(sound)
        self.failure = self._inner.failure
        return sound


def _usage(value: Any) -> Usage | None:
    if not isinstance(value, dict):
        return None
    asked, given = value.get("input_tokens"), value.get("output_tokens")
    if type(asked) is not int or type(given) is not int:
        return None
    return Usage(prompt=bounded(asked), completion=bounded(given))


class EventWriter(BodyWriter):
    """An event for each piece of sound. SDKs count on `usage`; unknown tokens are given as 0."""

    __slots__ = ()

    def write(self, sound: bytes) -> bytes:
        audio = binascii.b2a_base64(super().write(sound), newline=False)
        return b'data: {"type":"%b","audio":"%b"}\n\n' % (DELTA.encode(), audio)

    def end(self, usage: Usage | None) -> bytes:
        asked, given = (usage.prompt, usage.completion) if usage else (0, 0)
        return (
            b'data: {"type":"%b","usage":{"input_tokens":%d,"output_tokens":%d,"total_tokens":%d}}'
            b"\n\n" % (DONE.encode(), asked, given, asked + given)
        )

    def fail(self, *, code: str, message: str) -> bytes:
        return write_stream_error(code=code, message=message)
