"""Shell lines that repeat an exchange, with `$TOKEN` and `$QUERY` where secrets stood."""

import re
import shlex
from collections.abc import Iterable

from egress.http import Request
from endpoints.validation.redaction import MARKS, Redact

_PLAIN_HEADERS = frozenset({"content-type", "accept", "user-agent"})
_UPGRADE = (
    ("connection", "Upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "UGF0Y2hiYXkncyBwcm9iZQ=="),
)


def curl(sent: Request, redact: Redact, *, into: str = "") -> str:
    """A POST is repeated whole, of a WebSocket its upgrade. `into` names a file for the answer."""
    url, fields, body = sent.url, sent.headers, sent.body.decode("utf-8")
    tail = ["--data-raw", _quoted(redact(body))] if sent.method == "POST" else []
    if url.startswith("wss:"):
        url, fields, tail = (
            f"https:{url[4:]}",
            (*fields, *_UPGRADE),
            ["--http1.1", "--max-time", "5"],
        )
    start = ["curl", "-N", "-sS", "-D-", *(["-o", into] if into else []), _quoted(redact(url))]
    return " ".join([*start, *_options(fields, redact), *tail])


def conversation(sent: Request, redact: Redact) -> str:
    """Plays the recorded sentence as the test did, by the script of the examples."""
    start = ["python", "examples/play_sentence.py", _quoted(redact(sent.url))]
    return " ".join([*start, *_options(sent.headers, redact)])


def shown_headers(pairs: Iterable[tuple[str, str]], redact: Redact) -> list[tuple[str, str]]:
    """What is not known to be plain is shown by its shape only."""
    return [(name, value if name in _PLAIN_HEADERS else redact(value)) for name, value in pairs]


def _options(fields: Iterable[tuple[str, str]], redact: Redact) -> list[str]:
    pairs = shown_headers(fields, redact)
    return [part for name, value in pairs for part in ("-H", _quoted(f"{name}: {value}"))]


def _quoted(text: str) -> str:
    """For the shell, so that it fills `$TOKEN` and `$QUERY` in and touches nothing else."""
    parts = [
        f'"{part}"' if part in MARKS else shlex.quote(part)
        for part in re.split(r"(\$TOKEN|\$QUERY)", text)
        if part
    ]
    return "".join(parts)
