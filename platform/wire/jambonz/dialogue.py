"""One text that a server of jambonz' streaming TTS is to speak, over a socket of its own."""

from wire.dialogue import Heard
from wire.jambonz.messages import FLUSH, STOP, is_error, rate_of, sound_of, stream
from wire.transcriber.loose import Members, read
from wire.voice.sentences import pieces

CONNECT_SECONDS = 1.0  # servers say `connect` once they are ready; some never do
_CLEAN = (1000, 1005)


class SpokenDialogue:
    """A `wire.dialogue.Dialogue`. `rate` in Hz is the one that was asked for in the URL.

    `stops`: the server speaks to its end what it has when it is told `stop`, and closes. For others
    the format has no end: it is taken for one when nothing came for `silence` seconds.
    """

    def __init__(self, text: str, rate: int, *, silence: float, stops: bool) -> None:
        self.quiet: float | None = None
        self._text = text
        self._rate = rate
        self._silence = silence
        self._stops = stops
        self._asked = False

    @property
    def headers(self) -> dict[str, str]:
        return {"content-type": f"audio/l16;rate={self._rate}"}

    @property
    def pause(self) -> float | None:
        return None if self._asked else CONNECT_SECONDS

    def opening(self) -> tuple[bytes, ...]:
        return ()

    def say(self, now: int) -> tuple[bytes, ...]:
        return self._ask()

    def hear(self, message: bytes, *, is_text: bool) -> Heard:
        if not is_text:
            return self._sounds(message)
        told = read(message)
        if told is None:
            return Heard()
        if is_error(told):
            return Heard(failed=True)
        return self._told(told)

    def closed(self, code: int) -> bool:
        return code in _CLEAN

    def farewell(self) -> tuple[bytes, ...]:
        return (STOP,)

    def _told(self, told: Members) -> Heard:
        match told.get("type"):
            case "connect":
                self._rate = rate_of(told) or self._rate
                return Heard(replies=self._ask())
            case "data":
                sound = sound_of(told)
                return Heard(failed=True) if sound is None else self._sounds(sound)
        return Heard()

    def _sounds(self, sound: bytes) -> Heard:
        """Nothing counts that comes before it is asked for."""
        if not (self._asked and sound):
            return Heard()
        if not self._stops:
            self.quiet = self._silence
        return Heard(sound)

    def _ask(self) -> tuple[bytes, ...]:
        if self._asked:
            return ()
        self._asked = True
        asked = (*map(stream, pieces(self._text)), FLUSH)
        return (*asked, STOP) if self._stops else asked
