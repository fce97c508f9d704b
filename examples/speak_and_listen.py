"""Speaks a sentence through an agent's voice jack and hears it through its transcriber jack.

PATCHBAY_KEY=pb_live_… python examples/speak_and_listen.py http://127.0.0.1:8000/a/agt_… "Hello?"

It needs websockets. The sound goes to the transcriber at the pace of a call, 20 ms at a time.
"""

import http.client
import json
import os
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from websockets.sync.client import connect

RATE = 16_000
FRAME_SECONDS = 0.02
FRAME_BYTES = int(RATE * FRAME_SECONDS) * 2


def sound(base_url: str, key: str, text: str) -> Iterator[bytes]:
    """PCM in the pieces in which it arrives. Raises `SystemExit` with the error's own text."""
    url = urlsplit(base_url)
    secure = url.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(
        url.netloc, timeout=30
    )
    body = {"text": text, "voice": "clear", "language": "en-US", "format": f"pcm_{RATE}"}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", f"{url.path}/tts", json.dumps(body), headers)
    response = connection.getresponse()
    if response.status != 200:
        raise SystemExit(f"{response.status}: {response.read().decode()}")
    while piece := response.read1():
        yield piece
    connection.close()


def words(base_url: str, key: str, pcm: bytes) -> str:
    """What was heard: all that is final until the transcriber closes."""
    headers = {"Authorization": f"Bearer {key}"}
    url = "ws" + base_url.removeprefix("http") + "/stt"
    with connect(url, additional_headers=headers, open_timeout=30) as socket:
        for at in range(0, len(pcm), FRAME_BYTES):
            socket.send(pcm[at : at + FRAME_BYTES])
            time.sleep(FRAME_SECONDS)
        socket.send('{"type":"finalize"}')
        socket.send('{"type":"close"}')
        messages = [json.loads(message) for message in socket]
    for message in messages:
        if message["type"] == "error":
            raise SystemExit(f"the transcriber failed: {message['message']}")
    return " ".join(m["text"] for m in messages if m["type"] == "final" and m["text"])


def main() -> None:
    if len(sys.argv) != 3 or "PATCHBAY_KEY" not in os.environ:
        raise SystemExit(__doc__)
    base_url, text, key = sys.argv[1].rstrip("/"), sys.argv[2], os.environ["PATCHBAY_KEY"]
    began = time.monotonic()
    pieces, first = [], 0.0
    for piece in sound(base_url, key, text):
        first = first or time.monotonic() - began
        pieces.append(piece)
    pcm = b"".join(pieces)
    seconds = len(pcm) / 2 / RATE
    print(f"spoken: {seconds:.1f} s of sound, the first of it after {first * 1000:.0f} ms")
    print(f"heard:  {words(base_url, key, pcm)!r}")


if __name__ == "__main__":
    main()
