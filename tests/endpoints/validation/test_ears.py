"""Transcriber endpoints of every format are tested as they are saved, in the format they speak."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from endpoints.models import CheckResult, ValidationRun
from endpoints.validation import talking
from endpoints.validation.registry import checks_of
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.test_transcriber_zoo import QUICK
from tests.endpoints.validation.verdicts import examine
from tests.endpoints.validation.zoo import clocks
from tests.shapes.transcriber import SERVERS
from tests.shapes.transcriber.hearer import Hearer
from tests.shapes.transcriber.shape import ServerShape
from tests.upstreams.fixtures import StartSockets

OTHERS = sorted(set(SERVERS) - {"rymi-stt"})


@pytest.fixture
def examined(
    acme: Tenant, sockets: StartSockets, loopback: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, ServerShape], ValidationRun]:
    checks_of("transcriber")  # their texts tell the real pace
    monkeypatch.setattr(talking, "PACE", QUICK)  # the clock, not our code

    def of(wire_format: str, shape: ServerShape) -> ValidationRun:
        server = sockets(Hearer(shape, enough=60.0 if shape.asks else 2.2))
        saved = saved_endpoint(
            acme, channel="transcriber", wire_format=wire_format, timeouts=clocks(),
            urls=[server.url],
        )  # fmt: skip
        return examine(saved)

    return of


def found(run: ValidationRun) -> dict[str, Any]:
    return {each.name: each for each in CheckResult.objects.filter(run=run)}


@pytest.mark.parametrize("wire_format", SERVERS)
def test_an_endpoint_that_does_as_its_format_says_passes(
    wire_format: str, examined: Callable[[str, ServerShape], ValidationRun]
) -> None:
    shape = SERVERS[wire_format]
    run = examined(wire_format, shape)
    checks = found(run)
    bad = {name: each.summary for name, each in checks.items()
           if each.status in ("failed", "warning") and name != "address"}  # fmt: skip
    assert bad == {}
    skipped = {name for name, each in checks.items() if each.status == "skipped"}
    expected = set()
    if wire_format != "rymi-stt":
        expected.add("message_schema")
    if not shape.asks:
        expected.add("finalize")
    if not shape.closes:
        expected.add("close")
    if "end" not in shape.tells:
        expected |= {"utterance_end", "message_order"}
    assert skipped == expected
    shown = next(each.evidence for each in checks.values() if "messages" in each.evidence)
    assert ("command" in shown) is (wire_format == "rymi-stt")
    assert not any(line.get("text") == "" for line in shown["messages"])


@pytest.mark.parametrize("wire_format", OTHERS)
def test_an_endpoint_that_hears_nothing_fails_with_words_for_its_format(
    wire_format: str, examined: Callable[[str, ServerShape], ValidationRun]
) -> None:
    run = examined(wire_format, replace(SERVERS[wire_format], says={}))
    heard = found(run)["heard"]
    assert (run.status, heard.status) == ("failed", "failed")
    assert f"The page of `{wire_format}`" in heard.hint


@pytest.mark.parametrize("wire_format", OTHERS)
def test_messages_that_the_format_does_not_know_are_named(
    wire_format: str, examined: Callable[[str, ServerShape], ValidationRun]
) -> None:
    shape = SERVERS[wire_format]
    odd = replace(shape, greets=({"type": "hello"}, *shape.greets))
    check = found(examined(wire_format, odd))["known_messages"]
    assert check.status == "warning"
    assert "the first has the type «hello»" in check.summary
    assert f"the page of `{wire_format}`" in check.hint
