"""jambonz' custom TTS over a WebSocket: text as it is made goes in, raw PCM comes out.

The format's own page is docs/formats/jambonz-tts-stream.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from wire.aim import Aim
from wire.errors import InvalidRequest
from wire.jambonz.dialogue import SpokenDialogue
from wire.jambonz.messages import error
from wire.jambonz.session import JambonzSession, JambonzTap, asks_of
from wire.members import dumps
from wire.settings import Setting, is_flag
from wire.voice.base import VoiceCall, VoiceRequest
from wire.voice.capabilities import VoiceCapabilities
from wire.voice.sound import PCM, Sound, at_least
from wire.voice.speech import SpeechFormat, SpeechSession, SpeechTap

LEAST_SILENCE, MOST_SILENCE = 0.1, 10.0
_RATES = (8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_NEVER_PASSED = frozenset({"token"})


def _is_silence(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and LEAST_SILENCE <= value <= MOST_SILENCE


END_SILENCE = Setting(
    "end_silence",
    "Seconds without sound after which a text counts as spoken: the format has no mark for that.",
    f"a number of seconds, from {LEAST_SILENCE:g} to {MOST_SILENCE:g}",
    1.0,
    _is_silence,
)
FINISHES_ON_STOP = Setting(
    "finishes_on_stop",
    "The server speaks to its end what it has when it is told `stop`, and closes then: its close is"
    " the end of a text, and no silence is waited for.",
    "true or false",
    False,
    is_flag,
)


class JambonzTTSStream(SpeechFormat):
    name = "jambonz-tts-stream"
    label = "jambonz TTS stream"
    hosted = "/jambonz/tts"
    paths = ("/jambonz/tts",)
    settings = (END_SILENCE, FINISHES_ON_STOP)
    capabilities = VoiceCapabilities(language=True)

    def session(self, query: Sequence[tuple[str, str]]) -> SpeechSession:
        return JambonzSession(asks_of(self.name, dict(query)))

    def tap(self) -> SpeechTap:
        return JambonzTap()

    def passing_aim(self, given: Sequence[tuple[str, str]], *, model: str) -> Aim:
        """All but the key."""
        return _aim(model, [pair for pair in given if pair[0] not in _NEVER_PASSED])

    def read_request(self, body: bytes, *, accept: str = "") -> VoiceRequest:
        raise InvalidRequest("This format is spoken over a WebSocket.")

    def pass_call(
        self, request: VoiceRequest, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        return self.write_call(request, request.accepts[0], model=model, settings=settings)

    def form(self, wanted: Sound) -> Sound | None:
        return None if wanted.packed else Sound(PCM, at_least(wanted.rate, _RATES))

    def write_call(
        self, request: VoiceRequest, asked: Sound, *, model: str, settings: Mapping[str, Any]
    ) -> VoiceCall:
        dialogue = SpokenDialogue(
            request.text,
            asked.rate,
            silence=settings.get(END_SILENCE.name, END_SILENCE.default),
            stops=settings.get(FINISHES_ON_STOP.name, FINISHES_ON_STOP.default),
        )
        asks = {"voice": request.voice, "language": request.language, "sampleRate": str(asked.rate)}
        aim = _aim(model, [(name, value) for name, value in asks.items() if value])
        return VoiceCall(b"", asked, aim=aim, dialogue=dialogue)

    def write_error(
        self, *, status: int, code: str, message: str, param: str | None = None
    ) -> bytes:
        return dumps({"type": "error", "error": message, "code": code})

    def write_socket_error(self, *, code: str, message: str) -> bytes:
        return error(message)


def _aim(model: str, wishes: Sequence[tuple[str, str]]) -> Aim:
    """A voice of the endpoint's own stands in place of the caller's."""
    if not model:
        return Aim(unless=tuple(wishes))
    others = tuple(pair for pair in wishes if pair[0] != "voice")
    return Aim(query=(("voice", model),), unless=others)
