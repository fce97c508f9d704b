"""What strangers can make the log hold: few lines, and the count of the others."""

import logging
import socket
from typing import Any

import httpx2 as httpx
import pytest

from gateway import strangers
from gateway.strangers import Lines, kind_of
from tests.live import NewLive
from tests.servers.program import wait_until

FLOOD = 60
UPGRADE = (
    b"GET /stranger HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)


def test_lines_beyond_the_first_are_counted_and_told_of_once() -> None:
    now = 0.0
    lines = Lines(lambda: now)
    written = [lines.may_write("malformed") for _ in range(strangers.BURST + 7)]
    assert written == [True] * strangers.BURST + [False] * 7
    assert lines.may_write("suspicious")
    assert lines.left_out() == {}
    now = strangers.INTERVAL + 1
    assert lines.left_out() == {"malformed": 7}
    assert lines.left_out() == {}
    assert lines.may_write("malformed")
    assert lines.seen == {"malformed": strangers.BURST + 8, "suspicious": 1}


@pytest.mark.parametrize(
    ("name", "level", "said", "kind"),
    [
        ("gateway.protocol", logging.WARNING, {"event": "gateway.malformed_request"}, "malformed"),
        ("gateway.cycle", logging.ERROR, {"event": "gateway.application_failed"}, None),
        ("uvicorn.error", logging.INFO, "Application startup complete.", None),
        ("django.request", logging.WARNING, "Not Found: /x", "client_error"),
        ("django.request", logging.ERROR, "Internal Server Error: /x", None),
        ("django.security.DisallowedHost", logging.ERROR, "Invalid HTTP_HOST", "suspicious"),
        ("gateway.exchange", logging.WARNING, {"code": "overloaded"}, "overloaded"),
        ("gateway.exchange", logging.WARNING, {"code": "custom_llm_not_configured"}, None),
        ("gateway.state", logging.WARNING, "x", None),
    ],
)
def test_only_what_strangers_cause_is_held_back(
    name: str, level: int, said: Any, kind: str | None
) -> None:
    assert kind_of(logging.LogRecord(name, level, "", 0, said, (), None)) == kind


def test_a_flood_of_refused_websockets_leaves_no_line(new_live: NewLive) -> None:
    platform = new_live().start()
    for _ in range(FLOOD):
        with socket.create_connection(("127.0.0.1", platform.port), 5) as peer:
            peer.sendall(UPGRADE)
            assert peer.recv(100).startswith(b"HTTP/1.1 404 ")
    log = platform.log.read_text()
    assert log.count("Application startup complete.") == 1
    assert "/stranger" not in log
    assert "connection " not in log


def test_a_flood_of_nonsense_leaves_few_lines_and_is_counted(new_live: NewLive) -> None:
    platform = new_live().start()
    for _ in range(FLOOD):
        with socket.create_connection(("127.0.0.1", platform.port), 5) as peer:
            peer.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
            assert peer.recv(100).startswith(b"HTTP/1.1 400 ")
        assert httpx.get(f"{platform.url}/nowhere").status_code == 404

    def counted() -> bool:
        token = platform.manage("metrics_token").strip()
        headers = {"authorization": f"Bearer {token}"}
        text = httpx.get(f"{platform.url}/metrics", headers=headers).text
        return all(
            f'patchbay_strangers_lines_total{{kind="{kind}"}} {FLOOD}.0' in text
            for kind in ("malformed", "client_error")
        )

    wait_until(counted, 30, "the metrics")
    log = platform.log.read_text()
    assert log.count("gateway.malformed_request") == strangers.BURST
    assert log.count("Not Found: /nowhere") == strangers.BURST
