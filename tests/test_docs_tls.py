"""What docs/tls.md says to put in front of a server."""

import re
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2 as httpx

from tests.upstreams import Authority

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "tls.md").read_text()


class House(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"house")

    def log_message(self, format: str, *values: object) -> None: ...


def test_the_lines_of_the_page_put_tls_in_front_of_a_server(
    authority: Authority, tmp_path: Path
) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.S | re.M)
    chain, key = authority.files(tmp_path)
    source = block.replace("8080", "0")
    for demos, own in (("var/demo/cert.pem", chain), ("var/demo/key.pem", key)):
        assert demos in block
        source = source.replace(demos, own)
    started: list[ThreadingHTTPServer] = []

    class Server(ThreadingHTTPServer):
        def serve_forever(self, poll_interval: float = 0.5) -> None:
            started.append(self)
            threading.Thread(target=super().serve_forever, args=(0.05,), daemon=True).start()

    exec(source, {"ThreadingHTTPServer": Server, "House": House})
    (server,) = started
    try:
        url = f"https://localhost:{server.server_port}/"
        assert (
            httpx.get(url, verify=ssl.create_default_context(cafile=authority.ca_file)).text
            == "house"
        )
    finally:
        server.shutdown()
        server.server_close()
