"""What the programs of clients share: jobs come in as lines of JSON, answers go out so."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

Job = dict[str, Any]
Answer = dict[str, Any]


def serve(do: Callable[[Job], Awaitable[Answer]]) -> None:
    """Answers each line on one event loop, until standard input ends."""
    asyncio.run(_serve(do))


async def _serve(do: Callable[[Job], Awaitable[Answer]]) -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a client prints is no answer
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        answers.write(json.dumps(await do(json.loads(line))) + "\n")
        answers.flush()


def made(job: Job, name: str) -> Any:
    """What a page's lines make, with this job's URL and key in them."""
    names: dict[str, Any] = {}
    exec(job["code"], names)
    return names[name]


def described(error: Exception) -> Answer:
    """What a program sees of a client's error; nothing is made up where it says nothing."""
    seen: Answer = {"class": type(error).__name__, "message": str(error)}
    for name in ("status_code", "code"):
        seen[name] = getattr(error, name, None)
    return seen
