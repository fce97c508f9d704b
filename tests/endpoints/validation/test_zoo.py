"""Every broken endpoint is named rightly, by exactly the check that is about its fault."""

from typing import Any

import pytest

from endpoints.models import ValidationRun
from endpoints.validation.registry import checks_of
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.verdicts import assert_named, examine
from tests.endpoints.validation.zoo import ZOO, Animal, clocks
from tests.upstreams import Authority
from tests.upstreams.fixtures import StartUpstream


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
        timeouts=clocks(animal.says),
        settings=animal.settings,
        **given,
    )
    return examine(saved)


@pytest.mark.parametrize("name", ZOO)
def test_each_animal_is_named_by_its_own_check(
    name: str, acme: Tenant, upstream: StartUpstream, authority: Authority, loopback: None
) -> None:
    animal = ZOO[name]
    run = examined(animal, acme, upstream, authority)
    assert_named(run, animal, "llm")


@pytest.mark.parametrize("name", ["wrong path", "error 500"])
def test_an_error_does_not_say_that_the_credential_is_accepted(
    name: str, acme: Tenant, upstream: StartUpstream, authority: Authority, loopback: None
) -> None:
    run = examined(ZOO[name], acme, upstream, authority)
    assert run.checks.get(name="authentication").status == "skipped"


def test_every_check_has_an_animal_that_it_alone_names() -> None:
    named = {name for animal in ZOO.values() for name in animal.findings}
    assert named == {check.name for check in checks_of("llm")}
