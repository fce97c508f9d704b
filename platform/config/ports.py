"""The ports that `make run` needs, looked at before anything is started or written."""

import errno
import socket
from collections.abc import Iterator

from django.conf import settings

from config.demo_endpoints import references

LEAST, MOST = 1024, 65_535
OFFERED = range(8200, 9200, 100)


class NoRoom(Exception):
    """A port that is needed cannot be had; the text says which, and what to do."""


def look() -> None:
    """Raises `NoRoom` when the gateway or an endpoint of the demo cannot have its port."""
    port = int(settings.PORT)
    most = MOST - max(_offsets(), default=0)
    if not LEAST <= port <= most:
        raise NoRoom(
            f"PORT={port} is out of range: it must be from {LEAST} to {most}, since the demo's"
            f" endpoints listen a few hundred ports above it. Choose another: {_offer()}"
        )
    for host, each, owner in _needed(port):
        error = _refusal(host, each)
        if error is not None and error.errno == errno.EADDRINUSE:
            raise NoRoom(f"Port {each}, for {owner}, is taken. Choose another: {_offer()}")
        if error is not None:
            raise NoRoom(f"{owner.capitalize()} cannot listen on {host}:{each}: {error.strerror}.")


def _needed(port: int) -> Iterator[tuple[str, int, str]]:
    """Host, port, and whose they are."""
    yield settings.HOST, port, "the gateway"
    for reference in references().values():
        owner = f"the {reference.name.lower()} (PORT + {reference.offset})"
        yield "127.0.0.1", reference.port, owner


def _offsets() -> list[int]:
    return [reference.offset for reference in references().values()]


def _offer() -> str:
    """What to type: a port that is free with all its neighbours, if one of the usual ones is."""
    for port in OFFERED:
        wanted = [port, *(port + offset for offset in _offsets())]
        if all(_refusal("127.0.0.1", each) is None for each in wanted):
            return f"PORT={port} make run"
    return "PORT=… make run"


def _refusal(host: str, port: int) -> OSError | None:
    """Why nobody can listen there now, if so; bound as servers bind, and let go at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None
