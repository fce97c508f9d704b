"""What each plan allows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Limits of one plan; `concurrency` counts open dispatches, `rate` dispatches per minute."""

    name: str
    label: str
    custom_endpoints: bool
    concurrency: int
    rate: int


PLANS = {
    plan.name: plan
    for plan in (
        Plan("free", "Free", custom_endpoints=False, concurrency=2, rate=60),
        Plan("pro", "Pro", custom_endpoints=True, concurrency=200, rate=6_000),
        Plan("enterprise", "Enterprise", custom_endpoints=True, concurrency=2_000, rate=60_000),
    )
}


def plan_choices() -> list[tuple[str, str]]:
    return [(plan.name, plan.label) for plan in PLANS.values()]
