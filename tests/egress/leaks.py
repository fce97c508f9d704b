"""Nothing may be left behind: tasks, sockets and timers are counted before and after."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.upstreams import eventually


def open_sockets() -> int:
    """Sockets of this process: those of the code under test and of the servers it talks to."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
        except FileNotFoundError:
            continue  # the folder's own descriptor
    return count


@asynccontextmanager
async def nothing_left(within: float = 15.0) -> AsyncIterator[None]:
    """Fails when the block leaves a task or socket behind."""
    gc.collect()
    sockets, tasks = open_sockets(), len(asyncio.all_tasks())
    yield
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks, within, asyncio.all_tasks)
    await eventually(lambda: open_sockets() <= sockets, within, lambda: (sockets, open_sockets()))
