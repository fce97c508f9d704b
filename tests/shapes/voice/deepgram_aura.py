"""Deepgram's Aura, which only endpoints speak."""

from tests.shapes.query import query_of
from tests.shapes.voice.shape import Server
from tests.upstreams.script import Seen


def _told(seen: Seen) -> tuple[str, str, int | str]:
    query = query_of(seen.target)
    assert query["encoding"] == "mp3" or query["container"] == "none"
    return seen.json()["text"], query["model"], int(query.get("sample_rate", 0)) or "mp3"


SERVER = Server(
    "/v1/speak",
    _told,
    error={"err_code": "slow_down", "err_msg": "Too fast."},
    model_is_voice=True,
)
