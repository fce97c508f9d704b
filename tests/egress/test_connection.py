"""What a connection asks of its transport."""

import asyncio

from egress.connection import PIECE, Connection


class TlsTransport(asyncio.Transport):
    """Has the buffer that TLS transports have."""

    high: int | None = None

    def set_read_buffer_limits(self, high: int) -> None:
        self.high = high


class Nobody:
    """A keeper that keeps no account."""

    def was_made(self, connection: Connection) -> None: ...
    def came_free(self, connection: Connection) -> None: ...
    def was_lost(self, connection: Connection) -> None: ...


def made(transport: asyncio.Transport) -> Connection:
    connection = Connection(memoryview(bytearray(1)), asyncio.get_running_loop(), Nobody())
    connection.connection_made(transport)
    return connection


async def test_the_buffer_of_the_tls_layer_is_bounded() -> None:
    transport = TlsTransport()

    assert made(transport).made
    assert transport.high == PIECE


async def test_a_transport_without_such_a_buffer_will_do() -> None:
    assert made(asyncio.Transport()).made


class ClosingTransport(asyncio.Transport):
    """Refuses everything, as uvloop's does while it closes."""

    def is_closing(self) -> bool:
        return True


async def test_a_connection_that_is_closing_is_stale_and_left_alone() -> None:
    connection = made(ClosingTransport())

    connection.pause_reading()
    connection.resume_reading()

    assert connection.is_stale()


async def test_room_to_write_wakes_nobody_when_nobody_writes() -> None:
    connection = made(asyncio.Transport())

    connection.pause_writing()
    connection.resume_writing()

    assert connection.response is None
