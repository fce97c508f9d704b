"""TLS handshakes on connected sockets."""

import asyncio
import socket
import ssl

from egress.errors import TimedOut, TlsFailed


async def shake_hands(
    connected: socket.socket,
    protocol: asyncio.BaseProtocol,
    context: ssl.SSLContext,
    host: str,
    seconds: float,
) -> None:
    """Starts `protocol` on the secured connection; owns the socket. Raises `TimedOut` and
    `TlsFailed`.

    Two steps, so that the connection below TLS is ours to close: of a handshake that is cancelled
    in its `create_connection` uvloop keeps the state, some 100 KiB, until a clock of its own ends.
    """
    loop = asyncio.get_running_loop()
    plain, _ = await loop.create_connection(asyncio.Protocol, sock=connected)
    try:
        async with asyncio.timeout(seconds):
            secured = await loop.start_tls(
                plain, protocol, context, server_hostname=host, ssl_handshake_timeout=seconds + 1
            )
        if secured is None:
            raise ConnectionResetError
    except BaseException as error:
        plain.abort()
        raise _named(error, seconds) from None
    # The certificate as a dict: nobody reads it, and it would last as long as the connection.
    (secured.get_extra_info("peercert") or {}).clear()
    protocol.connection_made(secured)


def _named(error: BaseException, seconds: float) -> BaseException:
    if isinstance(error, TimeoutError):
        return TimedOut("tls", seconds)
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailed(f"The certificate is not accepted: {error.verify_message.rstrip('.')}.")
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "unknown").replace("_", " ").lower()
        return TlsFailed(f"The TLS handshake failed: {reason}.")
    if isinstance(error, OSError | RuntimeError):  # the loop's word for a transport that has ended
        return TlsFailed("The connection was closed during the TLS handshake.")
    return error
