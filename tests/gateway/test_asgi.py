"""Bodies of requests as they come in."""

import asyncio

import pytest

from gateway.asgi import Message, read_body
from gateway.errors import Refused

FIRST: Message = {"type": "http.request", "body": b"{", "more_body": True}


@pytest.mark.parametrize("parts", [[], [FIRST], [FIRST, FIRST]], ids=len)
async def test_a_body_that_does_not_come_in_time_is_refused(parts: list[Message]) -> None:
    left = iter(parts)

    async def receive() -> Message:
        for part in left:
            return part
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async with asyncio.timeout(20):
        with pytest.raises(Refused, match="request_timeout"):
            await read_body(receive, {}, seconds=0.05)
