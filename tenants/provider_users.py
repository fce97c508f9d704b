"""What uses stored credentials: the app above says at start how it is tested again.

Endpoints live in `endpoints`, which this app may not import.
"""

from collections.abc import Callable

_testers: list[Callable[[str, str], None]] = []


def retest_by(tester: Callable[[str, str], None]) -> None:
    """`tester(tenant_id, provider_id)` is told of each change, in the change's transaction."""
    _testers[:] = [tester]


def retest(tenant_id: str, provider_id: str) -> None:
    for tester in _testers:
        tester(tenant_id, provider_id)
