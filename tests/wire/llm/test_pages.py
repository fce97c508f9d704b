"""The servers on the pages of LLM formats answer what Patchbay asks them."""

import re
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.wire.corpus import meaning
from wire.events import Failure
from wire.llm.base import Passage, PassThrough, Stamp
from wire.llm.translation import Translation
from wire.registry import format_named, formats_of, hosted_format

PAGES = Path(__file__).parents[3] / "docs" / "formats"
CHAT = hosted_format("llm", "openai-chat")
ASKED = CHAT.read_request(
    b'{"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"}]}'
)


POSTED = {name: wire for name, wire in formats_of("llm").items() if wire.scheme == "https"}


def server_of(page: str) -> type[BaseHTTPRequestHandler] | None:
    """`None` on a page that leads to another's."""
    section = page.partition("\n## A minimal server\n")[2]
    for source in re.findall(r"```python\n(.*?)```", section, re.DOTALL):
        module: dict[str, Any] = {"__name__": "server"}
        exec(source, module)
        for found in module.values():
            if isinstance(found, type) and found.__module__ == "server":
                assert issubclass(found, BaseHTTPRequestHandler)
                return found
    return None


PAGE_OF = {name: (PAGES / f"{name}.md").read_text() for name in POSTED}
SERVERS = {name: server for name, page in PAGE_OF.items() if (server := server_of(page))}


@pytest.mark.parametrize("name", SERVERS)
def test_a_minimal_server_answers(name: str) -> None:
    wire = format_named("llm", name)
    same = isinstance(wire, PassThrough) and wire.shape == CHAT.name
    passage: Passage = wire if same else Translation(CHAT, wire, Stamp("d1", 0))  # type: ignore[assignment]
    body = passage.write_request(ASKED, model="house", settings={})
    with ThreadingHTTPServer(("127.0.0.1", 0), SERVERS[name]) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}/v1"
        url = passage.url(base, ASKED, model="house", settings={})
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=5) as got:
            answer = got.read()
        server.shutdown()
    found = meaning.events(wire, [answer])
    assert meaning.texts(found)["0"].strip()
    assert [event for event in found if isinstance(event, Failure)] == []


def test_most_pages_have_a_server_of_their_own() -> None:
    assert POSTED.keys() - SERVERS.keys() == {"azure-openai"}
