"""A plain caller that sends back every message whole (see `tests.autobahn.echo` for why)."""

import base64
import os
import socket
from urllib.parse import urlsplit

from egress.frames import CLOSE, CONTINUATION, PING, PONG, TEXT, FrameReader, encode


class Caller:
    def __init__(self, url: str, key: str) -> None:
        """Raises `ConnectionRefusedError` for any answer but an upgrade."""
        parts = urlsplit(url)
        self._peer = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)
        self._peer.sendall(
            f"GET {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\nauthorization: Bearer {key}\r\n"
            "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
            f"sec-websocket-key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self._peer.recv(1)
            if not byte:
                break
            head += byte
        if b" 101 " not in head[:16]:
            self._peer.close()
            raise ConnectionRefusedError(head[:200].decode("latin-1"))

    def run(self, *, echo: bool) -> bytes:
        """Until the other side closes; the last text that came."""
        frames, opcode, parts, last = FrameReader(masked=False), 0, list[bytes](), b""
        with self._peer:
            while data := self._peer.recv(65536):
                for frame in frames.feed(data):
                    if frame.opcode == PING:
                        self._send(PONG, frame.payload)
                    elif frame.opcode == CLOSE:
                        self._send(CLOSE, frame.payload)
                        return last
                    elif frame.opcode != PONG:
                        opcode = opcode if frame.opcode == CONTINUATION else frame.opcode
                        parts.append(frame.payload)
                        if frame.final:
                            whole = b"".join(parts)
                            parts.clear()
                            last = whole if opcode == TEXT else last
                            if echo:
                                self._send(opcode, whole)
        return last

    def _send(self, opcode: int, payload: bytes) -> None:
        self._peer.sendall(encode(opcode, payload, masked=True))
