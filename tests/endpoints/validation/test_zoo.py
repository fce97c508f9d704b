"""Every broken endpoint is named rightly, by exactly the check that is about its fault."""

import json
from typing import Any

import pytest

from endpoints.models import CheckResult, RunStatus, ValidationRun
from endpoints.validation import runner
from endpoints.validation.registry import checks_of
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.zoo import CLOCKS, TOKEN, ZOO, Animal
from tests.upstreams import Authority
from tests.upstreams.fixtures import StartUpstream

FINE = ("passed", "skipped")


def examined(
    animal: Animal, acme: Tenant, upstream: StartUpstream, authority: Authority, **given: Any
) -> ValidationRun:
    options = dict(animal.options)
    if animal.context is not None:
        options["context"] = animal.context(authority)
    server = upstream(animal.script, **options)
    saved = saved_endpoint(
        acme,
        urls=[f"{server.url}/v1/chat/completions"],
        auth=animal.auth,
        timeouts={"tls": 0.5, **CLOCKS},
        settings=animal.settings,
        **given,
    )
    assert saved.run is not None
    runner.run(saved.run.id)
    saved.run.refresh_from_db()
    return saved.run


@pytest.mark.parametrize("name", ZOO)
def test_each_animal_is_named_by_its_own_check(
    name: str, acme: Tenant, upstream: StartUpstream, authority: Authority, loopback: None
) -> None:
    animal = ZOO[name]
    run = examined(animal, acme, upstream, authority)
    assert_named(run, animal, "llm")


def assert_named(run: ValidationRun, animal: Animal, channel: str) -> None:
    """Its fault by its own check, in words that help, and nothing of what is secret."""
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
    kept = json.dumps([[each.summary, each.hint, each.evidence] for each in results])
    assert TOKEN not in kept


def told(results: list[CheckResult]) -> str:
    return "\n".join(f"{each.name}: {each.status}: {each.summary}" for each in results)


def test_every_check_has_an_animal_that_it_alone_names() -> None:
    named = {name for animal in ZOO.values() for name in animal.findings}
    assert named == {check.name for check in checks_of("llm")}
