"""Fixtures of the local servers; `tests/conftest.py` imports them."""

from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from tests.upstreams.authority import Authority
from tests.upstreams.script import Script
from tests.upstreams.server import ServerThread, Upstream
from tests.upstreams.sockets import SocketUpstream, Talk


class StartUpstream(Protocol):
    def __call__(self, script: Script, **options: Any) -> Upstream: ...


class StartSockets(Protocol):
    def __call__(self, talk: Talk, **options: Any) -> SocketUpstream: ...


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def server_thread() -> Iterator[ServerThread]:
    thread = ServerThread()
    yield thread
    thread.close()


@pytest.fixture(scope="session")
def default_context(authority: Authority) -> Any:
    return authority.context()


@pytest.fixture
def upstream(server_thread: ServerThread, default_context: Any) -> Iterator[StartUpstream]:
    """Starts servers; all of them are closed when the test ends."""
    started: list[Upstream] = []

    def start(script: Script, **options: Any) -> Upstream:
        server = Upstream(server_thread, script, **{"context": default_context, **options})
        started.append(server)
        return server

    yield start
    for server in started:
        server.close()


@pytest.fixture
def sockets(server_thread: ServerThread, default_context: Any) -> Iterator[StartSockets]:
    """Starts WebSocket servers; all of them are closed when the test ends."""
    started: list[SocketUpstream] = []

    def start(talk: Talk, **options: Any) -> SocketUpstream:
        server = SocketUpstream(server_thread, talk, **{"context": default_context, **options})
        started.append(server)
        return server

    yield start
    for server in started:
        server.close()
