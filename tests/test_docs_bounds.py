"""docs/operations.md names the bounds that the code has."""

import re
from pathlib import Path

from config import bodies, work
from gateway import memory, snapshots, state, strangers

PAGE = (Path(__file__).parents[1] / "docs" / "operations.md").read_text()


def numbers(start: str) -> list[int]:
    """Those in the row that begins so, in its second column."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {start}"))
    return [int(each) for each in re.findall(r"\d+", row.split("|")[2].replace(",", ""))]


def test_the_bounds_on_the_page_are_those_of_the_code() -> None:
    loads = [snapshots.LOADS, snapshots.LOADS_OF_ONE, snapshots.MOST_LOADING_OF_ONE,
             snapshots.MOST_LOADING - snapshots.LOADS, int(snapshots.LOAD_SECONDS)]  # fmt: skip
    assert numbers("look-ups of keys") == numbers("look-ups of agents") == loads
    assert numbers("connections of callers") == [state.MOST_CONNECTIONS, state.SPARE_FILES]
    assert numbers("dispatches") == [state.MOST_DISPATCHES, state.SPARE_FILES]
    assert numbers("requests to REST") == [
        work.WORKING, work.OF_ONE_ADDRESS, work.WAITING_OF_ONE_ADDRESS, work.WAITING,
        int(work.WAIT_SECONDS),
    ]  # fmt: skip
    mib = 1024 * 1024
    assert numbers("their bodies") == [bodies.LIMIT // mib, int(bodies.SECONDS), bodies.ALL // mib]
    assert numbers("the time in which") == [int(work.STALL_SECONDS)]
    assert numbers("what callers of [VEXYL]") == [
        memory.ALL_BYTES // mib, memory.TENANT_BYTES // mib, memory.CALL_BYTES // 1024,
        memory.MOST_TURNS, int(memory.KEPT_SECONDS),
    ]  # fmt: skip
    assert numbers("log lines") == [strangers.BURST]
