import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from egress import lookups, resolve
from egress.errors import AddressRefused, NameNotResolved
from egress.policy import Policy
from egress.resolve import Resolver, system_lookup
from egress.urls import CheckedUrl, check_url

DEMO = Policy.of(allow_cidrs=["127.0.0.0/8"])
EVERYTHING = Policy.of(allow_cidrs=["127.0.0.0/8", "::1/128", "10.0.0.0/8"])


def url(host: str, policy: Policy = EVERYTHING) -> CheckedUrl:
    return check_url(f"https://{host}/", schemes=("https",), policy=policy)


class Names:
    """A lookup with a table; counts and remembers what was asked."""

    def __init__(self, **table: Sequence[str] | Exception) -> None:
        self.table = table
        self.asked: list[str] = []
        self.hold: threading.Event | None = None

    def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if self.hold is not None:
            self.hold.wait(10)
        answer = self.table.get(name.split(".")[0], OSError("no such name"))
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_a_public_name_is_asked_for_with_its_last_dot() -> None:
    names = Names(llm=["8.8.8.8", "2606:4700::1111", "8.8.8.8"])
    resolver = Resolver(Policy(), names)
    found = await resolver.resolve(url("llm.example.com", Policy()), "t")
    assert found == ["8.8.8.8", "2606:4700::1111"]
    assert names.asked == ["llm.example.com."]
    resolver.close()


async def test_a_private_name_is_asked_for_as_the_machine_knows_it() -> None:
    names = Names(llm=["10.1.2.3"])
    resolver = Resolver(EVERYTHING, names)
    assert await resolver.resolve(url("llm.internal"), "t") == ["10.1.2.3"]
    assert names.asked == ["llm.internal"]
    resolver.close()


async def test_localhost_and_addresses_are_never_asked_for() -> None:
    names = Names()
    resolver = Resolver(EVERYTHING, names)
    for host in ("localhost", "llm.test.localhost"):
        assert await resolver.resolve(url(host), "t") == ["127.0.0.1", "::1"]
    assert await resolver.resolve(url("127.0.0.5"), "t") == ["127.0.0.5"]
    assert names.asked == []
    closed = Resolver(Policy(), names)
    with pytest.raises(NameNotResolved):
        await closed.resolve(url("localhost"), "t")


@pytest.mark.parametrize(
    "answer",
    [
        ["8.8.8.8", "127.0.0.1"],
        ["10.0.0.1"],
        ["8.8.8.8", "::ffff:8.8.8.8"],
        ["2606:4700::1111%2"],
        ["169.254.169.254"],
        ["8.8.8.8", "not an address"],
        [f"8.8.8.{number}" for number in range(17)],
    ],
)
async def test_one_bad_address_refuses_the_whole_answer(answer: list[str]) -> None:
    resolver = Resolver(Policy(), Names(llm=answer))
    with pytest.raises(AddressRefused) as caught:
        await resolver.resolve(url("llm.example.com"), "t")
    assert not any(address in caught.value.detail for address in answer)
    resolver.close()


@pytest.mark.parametrize("answer", [OSError("x"), UnicodeError("label"), ValueError("x"), []])
async def test_no_answer_is_a_failure_of_its_own(answer: Sequence[str] | Exception) -> None:
    resolver = Resolver(Policy(), Names(llm=answer))
    with pytest.raises(NameNotResolved) as caught:
        await resolver.resolve(url("llm.example.com"), "t")
    assert caught.value.category == "dns_failed"
    resolver.close()


async def test_a_failure_is_remembered_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolve, "NEGATIVE_TTL", 2)
    names = Names()
    resolver = Resolver(Policy(), names)
    for _ in range(3):
        with pytest.raises(NameNotResolved):
            await resolver.resolve(url("llm.example.com"), "t")
    assert len(names.asked) == 1
    await asyncio.sleep(2.1)
    names.table["llm"] = ["8.8.8.8"]
    assert await resolver.resolve(url("llm.example.com"), "t") == ["8.8.8.8"]
    resolver.close()


async def test_remembered_failures_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "_MAX_NEGATIVE", 3)
    resolver = Resolver(Policy(), Names())
    for number in range(10):
        with pytest.raises(NameNotResolved):
            await resolver.resolve(url(f"h{number}.example.com"), "t")
    assert len(resolver._negative) <= 3
    resolver.close()


async def test_an_answer_is_never_remembered() -> None:
    names = Names(llm=["8.8.8.8"])
    resolver = Resolver(Policy(), names)
    for _ in range(3):
        await resolver.resolve(url("llm.example.com"), "t")
    assert len(names.asked) == 3
    resolver.close()


async def test_equal_questions_at_the_same_time_are_asked_once() -> None:
    names = Names(llm=["8.8.8.8"])
    names.hold = threading.Event()
    resolver = Resolver(Policy(), names)
    asking = [asyncio.create_task(resolver.resolve(url("llm.example.com"), "t")) for _ in range(20)]
    await asyncio.sleep(0.05)
    asking[0].cancel()  # who leaves does not take the answer from the others
    names.hold.set()
    assert await asyncio.gather(*asking[1:]) == [["8.8.8.8"]] * 19
    assert len(names.asked) == 1
    resolver.close()


async def test_a_name_server_that_hangs_blocks_only_its_owner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resolve, "LIMIT", 2)
    monkeypatch.setattr(lookups, "LIMIT", 2)
    names = Names(fine=["8.8.8.8"])
    gate = threading.Event()

    def lookup(name: str) -> Sequence[str]:
        if name.startswith("hole"):
            names.asked.append(name)
            gate.wait(30)
        return names(name)

    resolver = Resolver(Policy(), lookup)
    started = time.perf_counter()
    stuck = [
        asyncio.create_task(resolver.resolve(url(f"hole{number}.example.com"), "bad"))
        for number in range(40)
    ]
    await asyncio.sleep(0.05)
    assert await resolver.resolve(url("fine.example.com"), "good") == ["8.8.8.8"]
    assert not any(each.done() for each in stuck)
    results = await asyncio.gather(*stuck, return_exceptions=True)
    assert all(isinstance(each, NameNotResolved) for each in results)
    assert 1.9 < time.perf_counter() - started < 20
    assert len([name for name in names.asked if name.startswith("hole")]) == lookups.PER_OWNER
    assert resolver.lookups.threads <= lookups.PLACES
    gate.set()
    await until(lambda: not resolver.lookups.under_way)
    assert not resolver._shared
    assert not resolver.lookups.slow
    resolver.close()


async def test_threads_are_few_however_many_owners_ask() -> None:
    names = Names(llm=["8.8.8.8"])
    names.hold = threading.Event()
    resolver = Resolver(Policy(), names)
    asking = [
        asyncio.create_task(resolver.resolve(url("llm.example.com"), f"t{number}"))
        for number in range(60)
    ]
    await until(lambda: len(names.asked) == lookups.PLACES)
    await asyncio.sleep(0.1)
    assert len(names.asked) == resolver.lookups.threads == lookups.PLACES
    names.hold.set()
    assert await asyncio.gather(*asking) == [["8.8.8.8"]] * 60
    resolver.close()


class Holes:
    """A lookup whose names `hole…` are never answered until the test ends."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.asked: list[str] = []

    def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if name.startswith("hole"):
            self.gate.wait(10)
        return ["8.8.8.8"]

    async def fall(self, resolver: Resolver, owners: int, each: int = 4) -> None:
        """So many owners ask for so many names that are never answered, and go away."""
        asking = [
            asyncio.create_task(resolver.resolve(url(f"hole{number}.example.com"), f"bad{owner}"))
            for owner in range(owners)
            for number in range(each)
        ]
        await asyncio.sleep(0.05)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


@pytest.fixture
async def holes() -> AsyncIterator[Holes]:
    holes = Holes()
    yield holes
    holes.gate.set()


@pytest.mark.parametrize("owners", [4, 8])
async def test_names_that_are_never_answered_leave_their_places_to_others(
    holes: Holes, owners: int
) -> None:
    resolver = Resolver(Policy(), holes)
    await holes.fall(resolver, owners)
    began = time.perf_counter()
    assert await resolver.resolve(url("fine.example.com"), "good") == ["8.8.8.8"]
    assert time.perf_counter() - began < lookups.LIMIT, "who asked first waits so long"
    resolver.close()


async def test_an_owner_whose_names_hang_begins_its_next_among_the_slow(
    holes: Holes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "SLOW_PLACES", 8)
    monkeypatch.setattr(lookups, "PATIENCE", 0.1)
    resolver = Resolver(Policy(), holes)
    await holes.fall(resolver, 8, each=1)
    await until(lambda: resolver.lookups.slow == 8)

    await holes.fall(resolver, 8)
    assert resolver.lookups.under_way == 8
    monkeypatch.setattr(lookups, "PATIENCE", 60)
    assert await resolver.resolve(url("fine.example.com"), "good") == ["8.8.8.8"]
    resolver.close()


async def test_an_owner_with_one_dead_name_still_has_its_others_looked_up(holes: Holes) -> None:
    resolver = Resolver(Policy(), holes)
    await holes.fall(resolver, 1, each=3)
    await until(lambda: resolver.lookups.slow == 3)
    assert await resolver.resolve(url("fine.example.com"), "bad0") == ["8.8.8.8"]
    resolver.close()


async def test_among_those_that_wait_the_owner_with_the_fewest_under_way_is_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lookups, "PLACES", 3)
    names = Names(a=["8.8.8.8"])
    names.hold = threading.Event()
    resolver = Resolver(Policy(), names)
    ask = resolver.resolve
    greedy = [asyncio.create_task(ask(url(f"a.g{n}.example.com"), "greedy")) for n in range(6)]
    await asyncio.sleep(0.02)
    modest = asyncio.create_task(ask(url("a.modest.example.com"), "modest"))
    await asyncio.sleep(0.02)
    names.hold.set()
    await asyncio.gather(modest, *greedy)
    assert names.asked.index("a.modest.example.com.") == 3
    resolver.close()


async def test_an_owner_whose_names_wait_in_line_makes_none_fail_for_others(
    holes: Holes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolve, "LIMIT", 0.1)
    resolver = Resolver(Policy(), holes)
    await holes.fall(resolver, 1)
    with pytest.raises(NameNotResolved):
        await resolver.resolve(url("fine.example.com"), "bad0")
    monkeypatch.undo()
    assert await resolver.resolve(url("fine.example.com"), "good") == ["8.8.8.8"]
    resolver.close()


async def test_what_waits_is_bounded_by_owner(
    holes: Holes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "MOST_QUEUED", 2)
    resolver = Resolver(Policy(), holes)
    await holes.fall(resolver, 1, each=6)
    with pytest.raises(NameNotResolved, match="Too many"):
        await resolver.resolve(url("fine.example.com"), "bad0")
    assert await resolver.resolve(url("fine.example.com"), "good") == ["8.8.8.8"]
    resolver.close()


async def test_names_that_waited_too_long_are_not_looked_up_any_more(
    holes: Holes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "LIMIT", 1.0)
    resolver = Resolver(Policy(), holes)
    await holes.fall(resolver, 1, each=lookups.PER_OWNER + 2)
    await asyncio.sleep(1.1)
    holes.gate.set()
    assert await resolver.resolve(url("fine.example.com"), "bad0") == ["8.8.8.8"]
    assert len(holes.asked) == lookups.PER_OWNER + 1
    resolver.close()


async def test_threads_of_a_bad_hour_end_after_it(
    holes: Holes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "PATIENCE", 0.02)
    resolver = Resolver(Policy(), holes)
    await holes.fall(resolver, 20)
    await until(lambda: resolver.lookups.threads > lookups.SLOW_PLACES)
    assert resolver.lookups.threads <= lookups.MOST_THREADS
    holes.gate.set()
    await until(lambda: resolver.lookups.threads == lookups.PLACES)
    resolver.close()


async def until(predicate: Callable[[], object]) -> None:
    for _ in range(2000):
        if predicate():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("did not happen")


def test_a_lookup_that_outlives_its_loop_ends_quietly() -> None:
    names = Names(llm=["8.8.8.8"])
    names.hold = threading.Event()
    resolver = Resolver(Policy(), names)

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await resolver.resolve(url("llm.example.com"), "t")

    asyncio.run(leave())
    resolver.close()
    threads = [each for each in threading.enumerate() if each.name == "egress-resolve"]
    names.hold.set()
    for thread in threads:
        thread.join(2)
    assert not any(each.is_alive() for each in threads)


def test_the_system_knows_localhost_and_no_invalid_name() -> None:
    assert "127.0.0.1" in system_lookup("localhost")
    with pytest.raises(OSError):  # noqa: PT011 - any resolver error will do
        system_lookup("nothing.invalid.")
