"""The servers on the pages of voice formats answer what Patchbay asks them."""

import re
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.wire.voice.asked import RAW_8K, RICH
from wire.registry import formats_of
from wire.voice.base import VoiceFormat
from wire.voice.sound import Opening

PAGES = Path(__file__).parents[3] / "docs" / "formats"
# The server of the one that is left out is asked in `tests/gateway/test_speech_pages.py`.
NAMES = sorted(formats_of("voice").keys() - {"jambonz-tts-stream"})


def handler_on(page: str) -> type[BaseHTTPRequestHandler]:
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    source, _, _ = blocks[-1].partition("\nThreadingHTTPServer((")
    found: dict[str, type[BaseHTTPRequestHandler]] = {}
    exec(source, found)
    return found["Speech"]


@pytest.mark.parametrize("name", NAMES)
def test_a_minimal_server_speaks(name: str) -> None:
    wire = formats_of("voice")[name]
    assert isinstance(wire, VoiceFormat)
    asked = wire.form(RAW_8K)
    assert asked is not None
    call = wire.write_call(RICH, asked, model="house", settings={})
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), handler_on((PAGES / f"{name}.md").read_text())
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/text-to-speech"
        request = urllib.request.Request(
            call.aim.at(url) if call.aim else url, call.body, {"accept": call.accept}
        )
        with urllib.request.urlopen(request, timeout=5) as got:
            body = got.read()
            found = wire.opening(asked, got.headers["content-type"], body, whole=True)
        server.shutdown()
    assert found == Opening(asked)
    assert len(body) > 1000
