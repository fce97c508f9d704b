"""Whether an agent is a tenant's: answered by the app above, which says how at start.

Agents live in `endpoints`, which this app may not import. As long as nobody has said how, no agent
is anybody's, so a key or token for one is refused.
"""

from collections.abc import Callable

_answers: list[Callable[[str, str], bool]] = []


def answer_by(owns: Callable[[str, str], bool]) -> None:
    """`owns(tenant_id, agent_id)` from now on decides."""
    _answers[:] = [owns]


def belongs(tenant_id: str, agent_id: str) -> bool:
    return any(owns(tenant_id, agent_id) for owns in _answers)
