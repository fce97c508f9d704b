"""A caller that hangs up ends its dispatch without a task that waits for it."""

import asyncio

import pytest

from gateway.asgi import Message
from gateway.hangup import Hangup
from gateway.live import Live


class Flow:
    """Where reading from a caller is switched on."""

    def __init__(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


async def never_asked() -> Message:
    raise AssertionError("a server that tells of a hang-up is not asked for it")


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_a_hang_up_cancels_the_dispatch(when: str) -> None:
    hangup, live = Hangup(Flow()), Live("digest", None)  # type: ignore[arg-type] # all it needs
    if when == "before":
        hangup.happen()
    live.watch(never_asked, hangup.watch)
    if when == "meanwhile":
        hangup.happen()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.sleep(5)

    live.settle()
    assert live.ended_by == "client_gone"


async def test_a_dispatch_that_is_over_is_left_alone() -> None:
    hangup, live = Hangup(Flow()), Live("digest", None)  # type: ignore[arg-type] # all it needs
    live.watch(never_asked, hangup.watch)
    live.settle()
    hangup.happen()
    await asyncio.sleep(0)
    assert live.ended_by is None


def test_a_caller_is_read_from_while_it_is_watched() -> None:
    flow = Flow()
    Hangup(flow).watch(lambda: None)  # type: ignore[arg-type] # all it needs
    assert flow.reading
