"""jambonz' TTS."""

from typing import Any

from tests.shapes.voice.shape import TEXT, Caller, Server
from tests.upstreams.script import Seen


def _asked(rate: int) -> dict[str, Any]:
    return {"language": "de-DE", "voice": "v-1", "type": "text", "text": TEXT}


def _told(seen: Seen) -> tuple[str, str, int | str]:
    body, accept = seen.json(), seen.header("accept") or ""
    found = accept.partition("rate=")[2].partition(",")[0]
    return body["text"], body["voice"], int(found) if found else "mp3"


CALLER = Caller(
    "/jambonz/tts", _asked, (24_000, 8000), "audio/l16;rate={rate}",
    headers=lambda rate: {"accept": f"audio/l16;rate={rate}"},
    packed=_asked(0), packed_headers={"accept": "audio/mpeg"},
    error=lambda body: str(body["error"]),
)  # fmt: skip
SERVER = Server(
    "/tts", _told, kind=lambda form: f"audio/l16;rate={form}",
    error={"error": "Too fast."}, model_is_voice=True,
)  # fmt: skip
