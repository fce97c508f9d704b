"""Which runs a worker begins."""

from contextlib import ExitStack

import pytest

from endpoints.validation import places
from endpoints.validation.places import Places


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_tenants_first_run_is_begun_however_many_others_have(clock: Clock) -> None:
    held = Places(4, clock)
    with ExitStack() as running:
        for tenant in "abcdef":
            assert running.enter_context(held.enter(tenant))


def test_second_runs_share_half_of_the_threads(clock: Clock) -> None:
    held = Places(4, clock)
    with ExitStack() as running:
        begun = [running.enter_context(held.enter(tenant)) for tenant in "aaabb"]
        assert begun == [True, True, True, True, False]
        assert running.enter_context(held.enter("c"))
    with held.enter("a") as first, held.enter("a") as second:
        assert (first, second) == (True, True)


def test_a_tenant_whose_run_was_slow_is_among_the_others_for_a_while(clock: Clock) -> None:
    held = Places(2, clock)
    for tenant in "ab":
        with held.enter(tenant):
            clock.now += places.SLOW + 1
    with held.enter("a") as first, held.enter("b") as second, held.enter("c") as prompt:
        assert (first, second, prompt) == (True, False, True)
    clock.now += places.SLOW_FOR
    with held.enter("a") as first, held.enter("b") as second:
        assert (first, second) == (True, True)


def test_a_run_that_fails_gives_its_place_back(clock: Clock) -> None:
    held = Places(2, clock)

    def fail() -> None:
        with held.enter("a"), held.enter("a") as second:
            assert second
            raise LookupError

    for _ in range(3):
        with pytest.raises(LookupError):
            fail()
