"""Every broken voice endpoint is named rightly, by exactly the check that is about its fault."""

import json

import pytest

from endpoints.models import RunStatus
from endpoints.validation.registry import checks_of
from tenants.models import Tenant
from tests.endpoints.validation.test_zoo import FINE, TOKEN, examined, told
from tests.endpoints.validation.voice_zoo import ZOO
from tests.upstreams import Authority
from tests.upstreams.fixtures import StartUpstream


@pytest.mark.parametrize("name", ZOO)
def test_each_animal_is_named_by_its_own_check(
    name: str, acme: Tenant, upstream: StartUpstream, authority: Authority, loopback: None
) -> None:
    animal = ZOO[name]
    run = examined(animal, acme, upstream, authority, channel="voice", wire_format="rymi-tts")
    results = list(run.checks.all())
    found = {each.name: each.status for each in results if each.status not in FINE}
    assert found == dict(animal.findings), told(results)
    assert [each.name for each in results] == [check.name for check in checks_of("voice")]
    worst = next((each for each in results if each.status not in FINE), None)
    expected = RunStatus.PASSED
    if worst is not None:
        assert animal.says in worst.summary, worst.summary
        assert animal.mends in worst.hint, worst.hint
        expected = RunStatus.FAILED if "failed" in found.values() else RunStatus.WARNING
    assert run.status == expected
    kept = json.dumps([[each.summary, each.hint, each.evidence] for each in results])
    assert TOKEN not in kept
    assert "\\u0000" not in kept


def test_every_check_has_an_animal_that_it_names() -> None:
    named = {name for animal in ZOO.values() for name in animal.findings}
    assert named == {check.name for check in checks_of("voice")}
