"""Snapshots: loaded once, dropped when they change, never resurrected by a race."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError

from gateway import snapshots
from gateway.line import LineFull
from gateway.snapshots import Snapshots
from tests.upstreams import eventually


class Rows:
    """A table: `loads` counts reads, and a read waits while `gate` is closed."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.reading = threading.Event()
        self.gate.set()

    @property
    def loads(self) -> int:
        return len(self.asked)

    def load(self, key: str) -> str | None:
        self.asked.append(key)
        value = self.values.get(key)
        self.reading.set()
        self.gate.wait(30)
        if value == "broken":
            raise LookupError
        if value == "away":
            raise OperationalError
        return value


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
async def kept(rows: Rows) -> AsyncIterator[Snapshots[str]]:
    with ThreadPoolExecutor(4) as executor:
        yield Snapshots(rows.load, 3, executor)


@pytest.fixture
async def standing_in(rows: Rows) -> AsyncIterator[Snapshots[str]]:
    with ThreadPoolExecutor(4) as executor:
        yield Snapshots(rows.load, 3, executor, stand_in=True)


async def reading(rows: Rows) -> None:
    await asyncio.to_thread(rows.reading.wait, 5)


async def test_a_value_is_loaded_once_however_many_ask(rows: Rows, kept: Snapshots[str]) -> None:
    rows.values["a"] = "1"

    found = await asyncio.gather(*(kept.get("a") for _ in range(50)))

    assert found == ["1"] * 50
    assert await kept.get("a") == "1"
    assert rows.loads == 1


async def test_a_dropped_value_is_loaded_again(rows: Rows, kept: Snapshots[str]) -> None:
    rows.values["a"] = "1"
    await kept.get("a")
    rows.values["a"] = "2"
    assert await kept.get("a") == "1"

    kept.drop("a")

    assert await kept.get("a") == "2"


@pytest.mark.parametrize("again", [True, False], ids=["asked again", "not"])
@pytest.mark.parametrize("how", ["drop", "drop_where", "clear"])
async def test_a_load_that_raced_with_a_drop_is_not_kept(
    rows: Rows, kept: Snapshots[str], how: str, again: bool
) -> None:
    rows.values["a"] = "old"
    rows.gate.clear()
    before = asyncio.ensure_future(kept.get("a"))
    await reading(rows)
    rows.values["a"] = "new"

    match how:
        case "drop":
            kept.drop("a")
        case "drop_where":
            kept.drop_where(lambda value: False)
        case _:
            kept.clear()
    after = asyncio.ensure_future(kept.get("a")) if again else None
    await asyncio.sleep(0.05)
    rows.gate.set()

    assert await before == "old"  # who asked before the change may get what was true then
    if after is not None:
        assert await after == "new"
    assert await kept.get("a") == "new"


async def test_what_does_not_exist_is_remembered_for_a_moment(
    rows: Rows, kept: Snapshots[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [await kept.get("a") for _ in range(5)] == [None] * 5
    assert rows.loads == 1
    rows.values["a"] = "1"

    kept.drop("a")
    assert await kept.get("a") == "1"

    later = snapshots.time.monotonic() + snapshots.MISSING_SECONDS + 1
    assert await kept.get("b") is None
    rows.values["b"] = "2"
    monkeypatch.setattr(snapshots.time, "monotonic", lambda: later)
    assert await kept.get("b") == "2"


async def test_guesses_are_forgotten_as_values_are(rows: Rows, kept: Snapshots[str]) -> None:
    for number in range(20):
        assert await kept.get(f"guess {number}") is None

    assert len(kept._missing) == 3


async def test_the_least_used_value_goes_first(rows: Rows, kept: Snapshots[str]) -> None:
    rows.values = {key: key for key in "abcd"}
    for key in "abcad":
        await kept.get(key)
    loads = rows.loads

    await kept.get("a")
    assert (len(kept), rows.loads) == (3, loads)
    await kept.get("b")
    assert rows.loads == loads + 1


async def test_values_are_dropped_by_what_they_are(rows: Rows, kept: Snapshots[str]) -> None:
    rows.values = {"a": "x", "b": "y"}
    await asyncio.gather(kept.get("a"), kept.get("b"))

    kept.drop_where(lambda value: value == "x")

    assert len(kept) == 1
    await kept.get("b")
    assert rows.loads == 2


async def test_a_load_that_fails_fails_all_who_wait_and_is_forgotten(
    rows: Rows, kept: Snapshots[str]
) -> None:
    rows.values["a"] = "broken"

    found = await asyncio.gather(kept.get("a"), kept.get("a"), return_exceptions=True)

    assert [type(each) for each in found] == [LookupError, LookupError]
    rows.values["a"] = "1"
    assert await kept.get("a") == "1"


async def test_one_who_gives_up_does_not_end_the_load_of_others(
    rows: Rows, kept: Snapshots[str]
) -> None:
    rows.values["a"] = "1"
    rows.gate.clear()
    first, second = (asyncio.ensure_future(kept.get("a")) for _ in range(2))
    await reading(rows)

    first.cancel()
    rows.gate.set()

    assert await second == "1"
    assert rows.loads == 1


async def test_a_load_that_hangs_is_given_up(
    rows: Rows, kept: Snapshots[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "LOAD_SECONDS", 0.05)
    rows.gate.clear()

    for key in "abc":
        with pytest.raises(TimeoutError):
            await kept.get(key)

    rows.gate.set()
    await eventually(lambda: not kept._loading)


async def test_who_asks_for_many_unknown_keys_leaves_threads_to_others(
    rows: Rows, kept: Snapshots[str]
) -> None:
    rows.values["mine"] = "1"
    rows.gate.clear()
    guesses = [asyncio.ensure_future(kept.get(f"guess {n}", "greedy")) for n in range(200)]
    await reading(rows)
    await eventually(lambda: rows.loads == snapshots.LOADS_OF_ONE)
    await asyncio.sleep(0.05)
    assert rows.loads == snapshots.LOADS_OF_ONE
    mine = asyncio.ensure_future(kept.get("mine", "modest"))
    await asyncio.sleep(0.05)
    rows.gate.set()

    assert await mine == "1"
    assert rows.asked.index("mine") < 10
    assert await asyncio.gather(*guesses) == [None] * 200


async def test_what_waits_in_one_owners_line_is_loaded_for_another_at_once(
    rows: Rows, kept: Snapshots[str]
) -> None:
    rows.values["mine"] = "1"
    rows.gate.clear()
    guesses = [asyncio.ensure_future(kept.get(f"guess {n}", "greedy")) for n in range(50)]
    theirs = asyncio.ensure_future(kept.get("mine", "greedy"))
    await reading(rows)
    mine = asyncio.ensure_future(kept.get("mine", "modest"))
    await asyncio.sleep(0.05)
    rows.gate.set()

    assert await mine == "1"
    assert rows.asked.index("mine") < 10
    assert await theirs == "1"
    await asyncio.gather(*guesses)
    assert not kept._loading


async def test_more_loads_than_may_wait_are_refused_at_once(rows: Rows) -> None:
    rows.gate.clear()
    with ThreadPoolExecutor(4) as executor:
        kept = Snapshots(rows.load, 3, executor)
        asked = [
            asyncio.ensure_future(kept.get(f"guess {n}", "greedy"))
            for n in range(snapshots.MOST_LOADING_OF_ONE + 5)
        ]
        await asyncio.sleep(0.05)
        refused = [each for each in asked if each.done()]
        assert len(refused) == 4
        assert all(isinstance(each.exception(), LineFull) for each in refused)
        assert len(kept._loading) == len(asked) - 4
        rows.gate.set()
        await asyncio.gather(*asked, return_exceptions=True)
    assert not kept._loading


async def test_a_dropped_value_stands_in_while_the_database_is_away(
    rows: Rows, standing_in: Snapshots[str]
) -> None:
    rows.values["a"] = rows.values["b"] = "1"
    await standing_in.get("a")
    await standing_in.get("b")
    rows.values["a"] = rows.values["b"] = "away"
    standing_in.drop("a")
    standing_in.drop_where(lambda value: value == "1")

    assert [await standing_in.get("a"), await standing_in.get("b")] == ["1", "1"]

    rows.values["a"] = "2"
    del rows.values["b"]
    assert [await standing_in.get("a"), await standing_in.get("b")] == ["2", None]
    rows.values["a"] = rows.values["b"] = "away"
    standing_in.drop("b")
    with pytest.raises(OperationalError):
        await standing_in.get("b")


async def test_a_dropped_value_stands_in_soon_while_the_database_hangs(
    rows: Rows, standing_in: Snapshots[str]
) -> None:
    rows.values["a"] = "1"
    await standing_in.get("a")
    standing_in.drop("a")
    rows.gate.clear()

    began = time.monotonic()
    assert await standing_in.get("a") == "1"
    assert time.monotonic() - began < snapshots.LOAD_SECONDS - 1
    rows.gate.set()


async def test_a_dropped_value_stands_in_for_ten_minutes_at_most(
    rows: Rows, standing_in: Snapshots[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows.values["a"] = "1"
    await standing_in.get("a")
    rows.values["a"] = "away"
    standing_in.drop("a")
    later = time.monotonic() + 601
    monkeypatch.setattr(time, "monotonic", lambda: later)

    with pytest.raises(OperationalError):
        await standing_in.get("a")


async def test_what_gives_access_has_no_stand_in(rows: Rows, kept: Snapshots[str]) -> None:
    rows.values["a"] = "1"
    await kept.get("a")
    rows.values["a"] = "away"
    kept.drop("a")

    with pytest.raises(OperationalError):
        await kept.get("a")
