"""Clients of the door, on both event loops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvloop

from egress.http import Client, Clocks, Request
from egress.policy import Policy
from tests.upstreams import Authority

Ask = Callable[..., Request]


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The client runs on uvloop in the gateway and on the standard loop in the worker."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


Pass = Callable[[float], Awaitable[None]]
by_its_clock = pytest.mark.asyncio(loop_factories=["asyncio"])  # uvloop's cannot be put forward


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Has so many seconds pass, on the loop's clock alone."""
    ahead = 0.0

    async def pass_by(seconds: float) -> None:
        nonlocal ahead
        loop = asyncio.get_running_loop()
        if not ahead:
            real = loop.time
            monkeypatch.setattr(loop, "time", lambda: real() + ahead)
        ahead += seconds
        await asyncio.sleep(0.02)

    return pass_by


@pytest.fixture
def loopback(authority: Authority) -> Policy:
    return Policy.of(allow_cidrs=["127.0.0.0/8"], ca_file=authority.ca_file)


@pytest.fixture
async def client(loopback: Policy) -> AsyncIterator[Client]:
    client = Client(loopback)
    yield client
    await client.aclose()


@pytest.fixture
def ask() -> Ask:
    def build(url: str, body: bytes = b"{}", method: str = "POST", **options: Any) -> Request:
        options.setdefault("clocks", Clocks())
        options.setdefault("headers", (("content-type", "application/json"),))
        options.setdefault("pool", ("ten_1", "1"))
        return Request(method=method, url=url, body=body, **options)

    return build
