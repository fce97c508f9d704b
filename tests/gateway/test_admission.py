"""Limits: who may begin a dispatch, and when the next one may."""

import contextlib

import pytest

from gateway.admission import BODIES, BODIES_OF_ONE, Admission
from gateway.errors import Refused
from tenants.plans import Plan

PLAN = Plan("test", "Test", custom_endpoints=True, concurrency=2, rate=60)


class Clock:
    """Stands still unless told otherwise."""

    def __init__(self) -> None:
        self.now = 600.0

    def __call__(self) -> float:
        return self.now


def refused(admission: Admission, tenant: str = "a", plan: Plan = PLAN) -> Refused:
    with pytest.raises(Refused) as refusal:
        admission.enter(tenant, plan)
    return refusal.value


def test_one_dispatch_too_many_is_refused_at_once() -> None:
    admission = Admission(100)
    slots = [admission.enter("a", PLAN) for _ in range(2)]

    refusal = refused(admission)

    assert (refusal.code, refusal.kind.status, refusal.retry_after) == ("concurrency_limit", 429, 1)
    assert len(slots) == 2


def test_a_slot_is_given_back_however_its_dispatch_ends() -> None:
    admission = Admission(100)
    for _ in range(20):
        with admission.enter("a", PLAN):
            pass
        with pytest.raises(KeyError), admission.enter("a", PLAN):
            raise KeyError
    assert admission.open == 0


def test_what_runs_beside_a_dispatch_takes_room_of_the_process_and_of_the_minute() -> None:
    admission = Admission(3)
    with admission.enter("a", PLAN):
        with admission.beside("a", 60), admission.beside("a", 60):
            assert refused(admission, "b").code == "overloaded"
            with pytest.raises(Refused) as refusal, admission.beside("a", 60):
                pass
            assert refusal.value.code == "overloaded"
        with pytest.raises(Refused) as refusal, admission.beside("a", 3):
            pass
        assert refusal.value.code == "rate_limit"
        assert admission.open == 1
    assert admission.open == 0


def test_a_tenant_at_its_limit_does_not_hold_up_another() -> None:
    admission = Admission(100)
    for _ in range(2):
        admission.enter("a", PLAN)

    refused(admission, "a")
    admission.enter("b", PLAN)


def test_the_process_has_a_limit_of_its_own() -> None:
    admission = Admission(3)
    for tenant in "abc":
        admission.enter(tenant, PLAN)

    refusal = refused(admission, "d")

    assert (refusal.code, refusal.kind.status) == ("overloaded", 503)


def test_a_draining_process_begins_nothing_and_keeps_what_runs() -> None:
    admission = Admission(100)
    with admission.enter("a", PLAN):
        admission.draining = True
        refusal = refused(admission)
        assert admission.open == 1

    assert (refusal.code, refusal.kind.status, refusal.retry_after) == ("draining", 503, 5)


def test_the_rate_holds_in_any_sixty_seconds() -> None:
    clock = Clock()
    admission = Admission(100, clock)
    accepted: list[float] = []
    for _ in range(3 * 60 * 5):
        clock.now += 0.2
        with contextlib.suppress(Refused), admission.enter("a", PLAN):
            accepted.append(clock.now)

    busiest = max(sum(start <= each < start + 60 for each in accepted) for start in accepted)
    # Two whole-minute counters estimate the last 60 s: never more than the limit by a fifth.
    assert 50 <= busiest <= 72


def test_a_new_minute_is_no_second_helping() -> None:
    clock = Clock()
    admission = Admission(100, clock)
    clock.now += 58
    _use_up(admission)
    clock.now += 4
    begun = 0
    with contextlib.suppress(Refused):
        while True:
            admission.enter("a", PLAN).__exit__(None, None, None)
            begun += 1
    assert begun == 2


def test_who_waits_as_told_is_let_in() -> None:
    clock = Clock()
    admission = Admission(100, clock)
    for _ in range(300):
        clock.now += 0.7
        clock.now += _use_up(admission)
        admission.enter("a", PLAN).__exit__(None, None, None)


def _use_up(admission: Admission) -> int:
    """Begins dispatches until one is refused; the seconds it is told to wait."""
    try:
        while True:
            admission.enter("a", PLAN).__exit__(None, None, None)
    except Refused as refusal:
        return refusal.retry_after or 0


def test_silent_tenants_are_forgotten() -> None:
    clock = Clock()
    admission = Admission(100, clock)
    for number in range(1000):
        with admission.enter(str(number), PLAN):
            pass
    clock.now += 120

    admission.sweep()

    assert not admission._windows


BIG = BODIES_OF_ONE // 2
MANY = Plan("many", "Many", custom_endpoints=True, concurrency=100, rate=6000)


def test_one_tenant_holds_no_more_than_its_part_of_all_large_bodies() -> None:
    admission = Admission(100)
    with admission.enter("a", MANY) as first:
        first.hold(BIG)
        first.hold(BIG)
        with pytest.raises(Refused, match="concurrency_limit"), admission.enter("a", MANY) as next_:
            next_.hold(1)
        with admission.enter("b", MANY) as other:
            other.hold(BIG)
            assert admission.bytes == 3 * BIG
    assert admission.bytes == 0
    with admission.enter("a", MANY) as again:
        again.hold(2 * BIG)


def test_all_tenants_together_hold_no_more_large_bodies_than_the_process_can() -> None:
    admission = Admission(100)
    with contextlib.ExitStack() as slots:
        for tenant in range(BODIES // BODIES_OF_ONE):
            slots.enter_context(admission.enter(str(tenant), MANY)).hold(BODIES_OF_ONE)
        with pytest.raises(Refused, match="overloaded"), admission.enter("last", MANY) as last:
            last.hold(1)
        assert admission.bytes == BODIES
    assert (admission.bytes, admission.open) == (0, 0)


def test_dispatch_within_a_slot_that_is_held_counts_as_one_begun() -> None:
    admission = Admission(10, Clock())
    with admission.enter("ten_a", PLAN):
        for _ in range(PLAN.rate - 1):
            admission.count("ten_a", PLAN.rate)
        with pytest.raises(Refused) as refusal:
            admission.count("ten_a", PLAN.rate)
    assert refusal.value.code == "rate_limit"
    assert admission.open == 0
