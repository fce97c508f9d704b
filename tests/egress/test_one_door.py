"""Nobody but `egress` opens sockets: looked for in the syntax of every product module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("platform", "tenants", "endpoints")

FORBIDDEN_MODULES = {
    "aiohttp", "ftplib", "http.client", "httpcore", "httptools", "httpx", "imaplib", "poplib",
    "pycurl", "requests", "smtplib", "socket", "socketserver", "telnetlib", "urllib.request",
    "urllib3", "websocket", "websockets", "xmlrpc.client",
}  # fmt: skip
FORBIDDEN_CALLS = {
    "create_connection", "create_datagram_endpoint", "create_unix_connection", "open_connection",
    "open_unix_connection", "sock_connect", "urlopen", "getaddrinfo", "gethostbyname",
}  # fmt: skip

# What listens, or talks to the operator's own services, is no door to a tenant's URL.
EXEMPT = {
    "platform/config/ports.py": {"socket"},  # sees whether a port is free to listen on
    # Bounds the buffers of accepted sockets, and reads what comes in by them.
    "platform/gateway/protocol.py": {"socket", "httptools"},
}


def modules() -> list[Path]:
    found = [path for name in PRODUCT for path in (ROOT / name).rglob("*.py")]
    return [path for path in found if ROOT / "platform/egress" not in path.parents]


def violations(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module or ""]
        elif isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_CALLS:
            yield node.attr
            continue
        elif isinstance(node, ast.Call) and _imports_by_text(node):
            names = [str(node.args[0].value)] if isinstance(node.args[0], ast.Constant) else []
        else:
            continue
        for name in names:
            parts = name.split(".")
            heads = {".".join(parts[: end + 1]) for end in range(len(parts))}
            yield from heads & FORBIDDEN_MODULES


def _imports_by_text(node: ast.Call) -> bool:
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in ("import_module", "__import__") and bool(node.args)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_product_module_opens_no_sockets(path: Path) -> None:
    allowed = EXEMPT.get(str(path.relative_to(ROOT)), set())
    assert set(violations(path.read_text())) <= allowed


@pytest.mark.parametrize(
    "source",
    [
        "import socket",
        "import aiohttp",
        "import http.client as h",
        "from http import client",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import websockets.asyncio.client",
        "from websockets.sync.client import connect",
        "def f():\n    import requests",
        "asyncio.open_connection('x', 1)",
        "await loop.create_connection(P, 'x')",
        "await loop.sock_connect(s, a)",
        "importlib.import_module('httpx')",
        "__import__('socket')",
    ],
)
def test_the_search_finds_what_it_must(source: str) -> None:
    wrapped = f"async def f():\n    {source}" if source.startswith("await") else source
    assert list(violations(wrapped))


@pytest.mark.parametrize(
    "source", ["import sockets_of_mine", "from urllib.parse import urlsplit", "x = 'socket'"]
)
def test_the_search_leaves_the_rest_alone(source: str) -> None:
    assert not list(violations(source))


def test_the_search_sees_the_product() -> None:
    names = {str(path.relative_to(ROOT)) for path in modules()}
    assert len(names) > 50
    assert {"platform/config/settings.py", "tenants/models.py"} <= names
    assert not any(name.startswith("platform/egress") for name in names)


def test_every_exemption_is_still_needed() -> None:
    for name, allowed in EXEMPT.items():
        path = ROOT / name
        assert not path.exists() or set(violations(path.read_text())) == allowed
