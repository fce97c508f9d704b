"""Endpoints that speak Responses are tested by what their answers mean, and told in their terms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from endpoints.models import ValidationRun
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.verdicts import assert_named, examine
from tests.endpoints.validation.zoo import TOKEN, clocks
from tests.shapes.llm.openai_responses import SHAPE as RESPONSES
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Seen, Step, reply, sse

ADDED, PART, FIRST, WORD, *ENDS = RESPONSES.parts["text"]
BEGUN = [*RESPONSES.parts["begin"], ADDED, PART, FIRST, *[WORD] * 8, *ENDS]
(END,) = RESPONSES.parts["end"]
QUIET = END.replace("usage", "other")


@dataclass(frozen=True)
class Animal:
    """`events` of its streams; `findings` that are not passed, `says` and `mends` of the first."""

    events: Sequence[str] = (*BEGUN, END)
    findings: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    mends: str = ""
    whole: bool = True
    status: int = 200

    def __call__(self, seen: Seen) -> Iterable[Step]:
        if seen.header("authorization") != f"Bearer {TOKEN}":
            return [reply(401, dict(RESPONSES.error))]
        if self.status != 200 or seen.json()["store"] is not False:
            return [reply(self.status, dict(RESPONSES.error))]
        if seen.json()["stream"]:
            return sse(*self.events, pause=0.03)
        return [reply(200, dict(RESPONSES.whole) if self.whole else {"id": "resp_1"})]


ZOO = {
    "healthy": Animal(),
    "lost": Animal((), {"answer": "failed"}, "status 404", "ends in /v1/responses", status=404),
    "no usage": Animal((*BEGUN, QUIET), {"usage": "warning"}, "no usage", "response.completed"),
    "another end mark": Animal(
        (*BEGUN, "data: [DONE]"), {"finish_reason": "failed", "usage": "warning"}, "why it ends",
        "response.completed",
    ),
    "another format": Animal(
        ('data: {"choices":[{"delta":{"content":"Hi"}}]}', "data: [DONE]"), {"ending": "failed"},
        "cannot be read as OpenAI Responses", "choose the wire format `openai-chat`",
    ),
    "cut off": Animal(BEGUN, {"ending": "failed"}, "cut off", "response.completed"),
    "error inside": Animal((*BEGUN, *RESPONSES.parts["error"]), {"ending": "failed"}, "error"),
    "no text": Animal(
        (*RESPONSES.parts["begin"], END), {"chunks": "warning"}, "no text at all",
        "response.output_text.delta",
    ),
    "no whole reply": Animal(findings={"whole_reply": "warning"}, whole=False,
                             mends="`response` object"),
}  # fmt: skip

FOREIGN = ("choices",)


def examined(animal: Animal, acme: Tenant, upstream: StartUpstream) -> ValidationRun:
    saved = saved_endpoint(
        acme, urls=[f"{upstream(animal).url}/v1/responses"], wire_format="openai-responses",
        auth={"type": "bearer", "token": TOKEN}, timeouts=clocks(animal.says),
    )  # fmt: skip
    return examine(saved)


@pytest.mark.parametrize("name", ZOO)
def test_each_animal_is_named_by_its_own_check_in_its_own_terms(
    name: str, acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    animal = ZOO[name]
    assert_named(examined(animal, acme, upstream), animal, "llm", FOREIGN)


def test_what_the_format_does_not_have_is_skipped_and_says_so(
    acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    results = examined(ZOO["healthy"], acme, upstream).checks.all()
    skipped = {each.name: each.summary for each in results if each.status == "skipped"}
    assert skipped == {
        "thoughts": "In OpenAI Responses it is not looked at.",
        "stream_options": "OpenAI Responses has no such member: usage needs no asking.",
    }
