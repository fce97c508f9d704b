"""Cartesia, which only endpoints speak."""

from tests.shapes.voice.shape import Server
from tests.upstreams.script import Seen


def _told(seen: Seen) -> tuple[str, str, int | str]:
    body = seen.json()
    assert (body["model_id"], seen.header("cartesia-version")) == ("house", "2025-04-16")
    form = body["output_format"]
    rate = "mp3" if form["container"] == "mp3" else form["sample_rate"]
    return body["transcript"], body["voice"]["id"], rate


SERVER = Server("/tts/bytes", _told, error={"message": "Too fast."})
