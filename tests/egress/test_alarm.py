"""A connection's timer rings at the moment set last, and leaves nothing behind."""

import asyncio
import gc
import weakref

from egress.alarm import Alarm
from tests.upstreams import eventually


async def test_it_rings_once_at_the_moment_that_was_set_last() -> None:
    loop = asyncio.get_running_loop()
    alarm, rung = Alarm(loop), list[float]()
    began = loop.time()
    for seconds in (0.03, 30, 0.1):
        alarm.set(began + seconds, lambda: rung.append(loop.time() - began))
    await eventually(lambda: rung)
    await asyncio.sleep(0.1)
    assert len(rung) == 1
    assert rung[0] >= 0.099


async def test_an_earlier_moment_takes_the_place_of_a_later_one() -> None:
    loop = asyncio.get_running_loop()
    alarm, rung = Alarm(loop), list[str]()
    alarm.set(loop.time() + 30, lambda: rung.append("late"))
    alarm.set(loop.time() + 0.02, lambda: rung.append("early"))
    await eventually(lambda: rung)
    assert rung == ["early"]
    alarm.stop()


async def test_a_cleared_alarm_is_silent_and_can_be_set_again() -> None:
    loop = asyncio.get_running_loop()
    alarm, rung = Alarm(loop), list[str]()
    alarm.set(loop.time() + 0.02, lambda: rung.append("first"))
    alarm.clear()
    await asyncio.sleep(0.05)
    assert rung == []
    alarm.set(loop.time() + 0.02, lambda: rung.append("second"))
    await eventually(lambda: rung)
    assert rung == ["second"]


async def test_who_is_rung_may_set_it_again() -> None:
    loop = asyncio.get_running_loop()
    alarm, rung = Alarm(loop), list[float]()

    def ring() -> None:
        rung.append(loop.time())
        if len(rung) < 3:
            alarm.set(loop.time() + 0.01, ring)

    alarm.set(loop.time(), ring)
    await eventually(lambda: len(rung) == 3)
    await asyncio.sleep(0.1)
    assert len(rung) == 3


async def test_later_moments_cost_the_loop_no_timer() -> None:
    class Counting(asyncio.SelectorEventLoop):
        timers = 0

        def call_at(self, *args: object, **more: object) -> asyncio.TimerHandle:
            self.timers += 1
            return super().call_at(*args, **more)  # type: ignore[arg-type]

    loop = Counting()
    try:
        alarm = Alarm(loop)
        for _ in range(100):
            alarm.set(loop.time() + 10, lambda: None)
            alarm.clear()
        assert loop.timers == 1
    finally:
        alarm.stop()
        loop.close()


async def test_a_stopped_alarm_holds_nobody() -> None:
    class Waiter:
        def ring(self) -> None:
            raise AssertionError("rung after the end")

    waiter = Waiter()
    gone = weakref.ref(waiter)
    alarm = Alarm(asyncio.get_running_loop())
    alarm.set(asyncio.get_running_loop().time() + 0.02, waiter.ring)
    alarm.stop()
    gc.disable()
    try:
        del waiter
        assert gone() is None
    finally:
        gc.enable()
    await asyncio.sleep(0.05)
