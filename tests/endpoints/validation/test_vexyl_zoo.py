"""Endpoints that give whole answers are tested as such, and told so in their format's terms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from endpoints.models import ValidationRun
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.verdicts import assert_named, examine
from tests.endpoints.validation.zoo import TOKEN, clocks
from tests.shapes.llm.vexyl_chat import SHAPE as VEXYL
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Seen, Step, Wait, reply, sse

HEADER = {"type": "header", "header": "x-api-key", "value": TOKEN}


@dataclass(frozen=True)
class Animal:
    """`findings` that are not passed or skipped; `says` and `mends` of the first."""

    answer: Any = field(default_factory=lambda: dict(VEXYL.whole))
    findings: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    mends: str = ""
    status: int = 200
    pause: float = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, seen: Seen) -> Iterable[Step]:
        if seen.header("x-api-key") != TOKEN:
            return [reply(401, {"error": "Who are you?"})]
        if set(seen.json()) != {"message", "sessionId", "history", "context"}:
            return [reply(400, {"error": "What is this?"})]
        if isinstance(self.answer, list):
            return sse(*self.answer)
        return [Wait(self.pause), reply(self.status, self.answer)]


BAD = {"answer": "failed"}
ZOO = {
    "healthy": Animal(),
    "own path": Animal({"a": {"b": "Hello"}}, settings={"response_field": "a.b"}),
    "slow": Animal(findings={"first_content": "warning"}, says="too slow", pause=2.1),
    "lost": Animal(VEXYL.error, BAD, "status 404", "ends in /chat", status=404),
    "failing": Animal(VEXYL.error, BAD, "status 500", "log", status=500),
    "no words": Animal({"status": "ok"}, BAD, "has no words", '{"response":"…"}'),
    "wrong path": Animal({"response": "Hello"}, BAD, "no words at `a.b`", '{"response":"…"}',
                         settings={"response_field": "a.b"}),
    "error inside": Animal({"error": "boom"}, BAD, "is an error", '{"response":"…"}'),
    "stream": Animal(["data: {}"], BAD, "is not a JSON object", '{"response":"…"}'),
}  # fmt: skip

FOREIGN = ("event-stream", "`model`")


def examined(animal: Animal, acme: Tenant, upstream: StartUpstream) -> ValidationRun:
    saved = saved_endpoint(
        acme, urls=[f"{upstream(animal).url}/chat"], wire_format="vexyl-chat", auth=HEADER,
        timeouts=clocks(animal.says), settings=animal.settings,
    )  # fmt: skip
    return examine(saved)


@pytest.mark.parametrize("name", ZOO)
def test_each_animal_is_named_by_its_own_check_in_its_own_terms(
    name: str, acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    animal = ZOO[name]
    assert_named(examined(animal, acme, upstream), animal, "llm", FOREIGN)


def test_what_needs_a_stream_is_skipped_and_what_needs_an_answer_is_not(
    acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    results = examined(ZOO["healthy"], acme, upstream).checks.all()
    passed = {each.name for each in results if each.status == "passed"}
    assert passed == {"address", "authentication", "answer", "first_content", "whole_reply"}
    skipped = {each.name: each.summary for each in results if each.status == "skipped"}
    assert skipped["streaming"] == "VEXYL chat has no streams: its answers are whole."
