"""The head of an answer and the first piece of its body are one system call."""

import socket

from gateway.protocol import HeldHead
from tests.live import LivePlatform

HEAD, CONTINUE = b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"


class Line:
    """A transport: what was written to it, call by call."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.calls.append(data)

    def writelines(self, pieces: tuple[bytes, ...]) -> None:
        self.calls.append(b"".join(pieces))

    def close(self) -> None:
        self.calls.append(b"closed")

    def is_closing(self) -> bool:
        return False


def held() -> tuple[HeldHead, Line]:
    line = Line()
    return HeldHead(line), line  # type: ignore[arg-type] # all that it needs


def test_the_head_goes_with_the_first_piece_and_the_rest_at_once() -> None:
    transport, line = held()
    transport.write(HEAD)
    assert not line.calls
    transport.write(b"one")
    transport.write(b"two")
    assert line.calls == [HEAD + b"one", b"two"]


def test_an_empty_piece_sends_the_head() -> None:
    transport, line = held()
    transport.write(HEAD)
    transport.write(b"")
    transport.write(b"one")
    assert line.calls == [HEAD, b"one"]


def test_the_word_to_go_on_is_not_held() -> None:
    transport, line = held()
    transport.write(CONTINUE)
    assert line.calls == [CONTINUE]


def test_a_head_that_nothing_followed_is_sent_before_the_end() -> None:
    transport, line = held()
    transport.write(HEAD)
    transport.close()
    assert line.calls == [HEAD, b"closed"]


def test_answers_without_a_body_arrive(live: LivePlatform) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=5) as peer:
        for request in (b"HEAD /healthz", b"GET /admin/", b"HEAD /admin/", b"GET /healthz"):
            peer.sendall(request + b" HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            assert peer.recv(65536).startswith(b"HTTP/1.1 ")
