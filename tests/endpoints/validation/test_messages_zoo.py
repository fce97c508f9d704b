"""Endpoints of another format are tested by what their answers mean, and told in their terms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from endpoints.models import ValidationRun
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.verdicts import assert_named, examine
from tests.endpoints.validation.zoo import TOKEN, clocks
from tests.shapes.llm.anthropic_messages import SHAPE as MESSAGES
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Seen, Step, reply, sse

HEADER = {"type": "header", "header": "x-api-key", "value": TOKEN}
WORDS = [MESSAGES.parts["text"][1]] * 8
BEGUN = [*MESSAGES.parts["begin"], MESSAGES.parts["text"][0], *WORDS]
ENDED = [MESSAGES.parts["text"][-1], *MESSAGES.parts["end"]]


@dataclass(frozen=True)
class Animal:
    """`events` of its streams; `findings` that are not passed, `says` and `mends` of the first."""

    events: Sequence[str] = (*BEGUN, *ENDED)
    findings: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    mends: str = ""
    whole: bool = True
    status: int = 200

    def __call__(self, seen: Seen) -> Iterable[Step]:
        if seen.header("x-api-key") != TOKEN:
            return [reply(401, {"type": "error", "error": {"type": "authentication_error"}})]
        if seen.header("anthropic-version") is None or "max_tokens" not in seen.json():
            return [reply(400, dict(MESSAGES.error))]
        if self.status != 200:
            return [reply(self.status, dict(MESSAGES.error))]
        if seen.json()["stream"]:
            return sse(*self.events, pause=0.03)
        return [reply(200, dict(MESSAGES.whole) if self.whole else {"id": "msg_1"})]


ENDING, STOP = MESSAGES.parts["end"]
QUIET = ENDING.replace(', "usage": {"output_tokens": 4}', "")
ZOO = {
    "healthy": Animal(),
    "lost": Animal((), {"answer": "failed"}, "status 404", "ends in /v1/messages", status=404),
    "no end mark": Animal((*BEGUN, ENDING), {"done": "warning"}, "message_stop", "message_stop"),
    "no reason": Animal((*BEGUN, STOP), {"finish_reason": "failed", "usage": "warning"},
                        "why it ends", "stop_reason"),
    "cut off": Animal(BEGUN, {"ending": "failed"}, "cut off", "message_delta"),
    "error inside": Animal((*BEGUN, *MESSAGES.parts["error"]), {"ending": "failed"}, "error"),
    "no usage": Animal((*BEGUN, QUIET, STOP), {"usage": "warning"}, "no usage", "message_start"),
    "no text": Animal((*MESSAGES.parts["begin"], ENDING, STOP), {"chunks": "warning"},
                      "no text at all", "text_delta"),
    "no whole reply": Animal(findings={"whole_reply": "warning"}, whole=False,
                             mends="`message` object"),
}  # fmt: skip

FOREIGN = ("choices",)


def examined(animal: Animal, acme: Tenant, upstream: StartUpstream) -> ValidationRun:
    saved = saved_endpoint(
        acme, urls=[f"{upstream(animal).url}/v1/messages"], wire_format="anthropic-messages",
        auth=HEADER, timeouts=clocks(animal.says),
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
        "thoughts": "In Anthropic Messages it is not looked at.",
        "stream_options": "Anthropic Messages has no such member: usage needs no asking.",
    }
