"""What the tests of an endpoint find, and whether it is what they must find."""

import json
from collections.abc import Mapping
from typing import Protocol

from endpoints.models import CheckResult, RunStatus, ValidationRun
from endpoints.services.endpoints import Saved
from endpoints.validation import runner
from endpoints.validation.registry import checks_of
from tests.endpoints.rows import TOKEN

FINE = ("passed", "skipped")


class Broken(Protocol):
    """`findings`: the checks that are not fine; `says` and `mends` are of the first of them."""

    @property
    def findings(self) -> Mapping[str, str]: ...
    @property
    def says(self) -> str: ...
    @property
    def mends(self) -> str: ...


def examine(saved: Saved) -> ValidationRun:
    """The run that saving has ordered, done."""
    assert saved.run is not None
    runner.run(saved.run.id)
    saved.run.refresh_from_db()
    return saved.run


def assert_named(
    run: ValidationRun, animal: Broken, channel: str, foreign: tuple[str, ...] = ()
) -> None:
    """Its fault by its own check, in words that help, and nothing of what is secret.

    `foreign` are words of other formats, which no hint may have.
    """
    results = list(run.checks.all())
    found = {each.name: each.status for each in results if each.status not in FINE}
    assert found == dict(animal.findings), told(results)
    assert [each.name for each in results] == [check.name for check in checks_of(channel)]
    worst = next((each for each in results if each.status not in FINE), None)
    expected = RunStatus.PASSED
    if worst is not None:
        assert animal.says in worst.summary, worst.summary
        assert animal.mends in worst.hint, worst.hint
        expected = RunStatus.FAILED if "failed" in found.values() else RunStatus.WARNING
    assert run.status == expected
    assert [word for word in foreign if any(word in each.hint for each in results)] == []
    kept = json.dumps([[each.summary, each.hint, each.evidence] for each in results])
    assert TOKEN not in kept


def told(results: list[CheckResult]) -> str:
    return "\n".join(f"{each.name}: {each.status}: {each.summary}" for each in results)
