"""What callers said is kept for their calls, within bounds, and for nobody else."""

import pytest

from gateway import memory
from gateway.memory import Memory
from wire.conversation import Turn

CALL = ("ten_a", "agt_a", "s1")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> Memory:
    return Memory(clock)


def user(text: str) -> Turn:
    return Turn("user", text)


def test_turns_come_back_in_order_and_only_by_their_own_key(kept: Memory) -> None:
    kept.add(CALL, user("Hi"))
    kept.add(CALL, Turn("assistant", "Hello."))
    assert kept.turns(CALL) == (user("Hi"), Turn("assistant", "Hello."))
    for other in (("ten_b", *CALL[1:]), ("ten_a", "agt_b", "s1"), ("ten_a", "agt_a", "s2")):
        assert kept.turns(other) == ()


def test_what_is_said_twice_or_not_at_all_is_kept_once(kept: Memory) -> None:
    for text in ("Hi", "Hi", "", "Hi"):
        kept.add(CALL, user(text))
    assert kept.turns(CALL) == (user("Hi"),)


def test_endpoints_name_for_the_call_stands_beside_its_turns(kept: Memory) -> None:
    assert kept.session(CALL) is None
    kept.name(CALL, "theirs")
    kept.add(CALL, user("Hi"))
    assert (kept.session(CALL), kept.turns(CALL)) == ("theirs", (user("Hi"),))


def test_call_is_forgotten_an_hour_after_its_last_use(kept: Memory, clock: Clock) -> None:
    kept.add(CALL, user("Hi"))
    clock.now += memory.KEPT_SECONDS
    kept.sweep()
    kept.add(CALL, user("Still here"))
    clock.now += memory.KEPT_SECONDS + 1
    assert kept.turns(CALL) == ()
    assert kept.session(CALL) is None
    kept.sweep()
    assert (len(kept), kept.size) == (0, 0)


def test_old_call_does_not_come_back_with_a_new_turn(kept: Memory, clock: Clock) -> None:
    kept.add(CALL, user("Hi"))
    clock.now += memory.KEPT_SECONDS + 1
    kept.add(CALL, user("Hello again"))
    assert kept.turns(CALL) == (user("Hello again"),)


def test_oldest_words_of_a_long_call_go_first(kept: Memory) -> None:
    for number in range(memory.MOST_TURNS + 5):
        kept.add(CALL, user(str(number)))
    turns = kept.turns(CALL)
    assert (turns[0].text, len(turns)) == ("5", memory.MOST_TURNS)
    kept.add(CALL, user("x" * (memory.CALL_BYTES - 1000)))
    assert len(kept.turns(CALL)) < 10
    kept.add(CALL, user("x" * memory.CALL_BYTES))
    assert kept.turns(CALL) == ()


def test_tenant_that_takes_too_much_room_loses_its_own_longest_unused_calls(kept: Memory) -> None:
    kept.add(("ten_b", "agt_b", "quiet"), user("Hi"))
    count = memory.TENANT_BYTES // (memory.CALL_BYTES - 1000) + 20
    for number in range(count):
        kept.add(("ten_a", "agt_a", str(number)), user("x" * (memory.CALL_BYTES - 2000)))
        kept.add(("ten_a", "agt_a", "0"), user(str(number)))
    assert kept.turns(("ten_b", "agt_b", "quiet"))
    assert kept.turns(("ten_a", "agt_a", "0"))
    assert not kept.turns(("ten_a", "agt_a", "1"))
    assert kept.turns(("ten_a", "agt_a", str(count - 1)))
    assert kept.size <= memory.TENANT_BYTES + 1000


def test_all_tenants_together_have_a_bound_too(kept: Memory) -> None:
    calls = memory.ALL_BYTES // memory.CALL_BYTES + 50
    for number in range(calls):
        tenant = f"ten_{number % 20}"
        kept.add((tenant, "agt", str(number)), user("é" * (memory.CALL_BYTES // 2 - 500)))
    assert kept.size <= memory.ALL_BYTES
    assert len(kept) < calls
    assert not kept.turns(("ten_0", "agt", "0"))
