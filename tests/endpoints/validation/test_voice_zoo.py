"""Every broken voice endpoint is named rightly, by exactly the check that is about its fault."""

import pytest

from endpoints.validation.registry import checks_of
from tenants.models import Tenant
from tests.endpoints.validation.test_zoo import examined
from tests.endpoints.validation.verdicts import assert_named
from tests.endpoints.validation.voice_zoo import ZOO
from tests.upstreams import Authority
from tests.upstreams.fixtures import StartUpstream


@pytest.mark.parametrize("name", ZOO)
def test_each_animal_is_named_by_its_own_check(
    name: str, acme: Tenant, upstream: StartUpstream, authority: Authority, loopback: None
) -> None:
    animal = ZOO[name]
    run = examined(animal, acme, upstream, authority, channel="voice", wire_format="rymi-tts")
    assert_named(run, animal, "voice")


def test_every_check_has_an_animal_that_it_names() -> None:
    named = {name for animal in ZOO.values() for name in animal.findings}
    assert named == {check.name for check in checks_of("voice")}
