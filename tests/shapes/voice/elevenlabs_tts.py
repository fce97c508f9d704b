"""ElevenLabs, which only endpoints speak."""

from urllib.parse import urlsplit

from tests.shapes.query import query_of
from tests.shapes.voice.shape import Server, rate_of
from tests.upstreams.script import Seen


def _told(seen: Seen) -> tuple[str, str, int | str]:
    *_, voice, last = urlsplit(seen.target).path.split("/")
    assert (last, seen.json()["model_id"]) == ("stream", "house")
    return seen.json()["text"], voice, rate_of(query_of(seen.target)["output_format"])


SERVER = Server(
    "/v1/text-to-speech", _told,
    error={"detail": {"status": "slow_down", "message": "Too fast."}},
)  # fmt: skip
