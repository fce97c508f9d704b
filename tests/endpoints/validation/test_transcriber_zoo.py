"""Every broken transcriber is named rightly, by exactly the check that is about its fault."""

from dataclasses import replace
from typing import Any

import pytest

from endpoints.models import ValidationRun
from endpoints.validation import talking
from endpoints.validation.registry import checks_of
from endpoints.validation.talking import Pace
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.transcriber_zoo import ZOO, Hearer
from tests.endpoints.validation.verdicts import assert_named, examine
from tests.endpoints.validation.zoo import Animal, clocks
from tests.upstreams.fixtures import StartSockets, StartUpstream

QUICK = Pace(frame=0.004, final=0.8, utterance_end=0.3, pause=0.1, close=0.8, peek=0.3)


@pytest.fixture
def examined(acme: Tenant, upstream: StartUpstream, sockets: StartSockets, loopback: None) -> Any:
    def of(animal: Animal) -> ValidationRun:
        given = dict(animal.options)
        if isinstance(animal.script, Hearer):
            server: Any = sockets(animal.script, process_request=animal.script.admits, **given)
        else:
            server = upstream(animal.script, **given)
        saved = saved_endpoint(
            acme,
            channel="transcriber",
            wire_format="rymi-stt",
            urls=[f"wss://localhost:{server.port}/stt"],
            auth=animal.auth,
            timeouts=clocks(animal.says),
        )
        return examine(saved)

    return of


@pytest.mark.parametrize("name", ZOO)
def test_each_animal_is_named_by_its_own_check(
    name: str, examined: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = ZOO[name].script
    slower = script.delay if isinstance(script, Hearer) else 0.0
    pace = replace(QUICK, final=QUICK.final + slower)
    checks_of("transcriber")  # their texts tell the real pace
    monkeypatch.setattr(talking, "PACE", pace)  # the clock, not our code
    assert_named(examined(ZOO[name]), ZOO[name], "transcriber")


def test_every_check_has_an_animal_that_it_names() -> None:
    named = {name for animal in ZOO.values() for name in animal.findings}
    assert named == {check.name for check in checks_of("transcriber")}
