"""What an endpoint's answer is read from, over HTTP or not."""

from typing import Protocol

from egress.http import ExchangeTiming, Push


class Received(Protocol):
    """As `egress.response.Response`: its head, and its body as it comes."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def timing(self) -> ExchangeTiming: ...

    async def read(self, push: Push | None = None) -> bytes:
        """The next piece, `b""` at the end. Raises `EgressError`."""
        ...

    def close(self) -> None: ...
