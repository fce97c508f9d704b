"""An oracle below our code: Python itself tells each address that a socket is connected to."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_seen: list[str] | None = None


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and _seen is not None:
        address = arguments[1]
        _seen.append(str(address[0]) if isinstance(address, tuple) else str(address))


sys.addaudithook(_hook)


@contextmanager
def connects() -> Iterator[list[str]]:
    """The addresses that this process connects sockets to, within the block."""
    global _seen
    _seen = []
    try:
        yield _seen
    finally:
        _seen = None
