"""An endpoint that has its model in the path and no end mark is tested in its own terms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from endpoints.models import ValidationRun
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.verdicts import assert_named, examine
from tests.endpoints.validation.zoo import TOKEN, clocks
from tests.shapes.llm.gemini import SHAPE as GEMINI
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Seen, Step, reply, sse

WORDS = [GEMINI.parts["text"][0]] * 8
HEADER = {"type": "header", "header": "x-goog-api-key", "value": TOKEN}
PATH = "/v1beta/models/house"


@dataclass(frozen=True)
class Animal:
    """`events` of its streams; `findings` that are not passed, `says` and `mends` of the first."""

    events: Sequence[str] = (*WORDS, *GEMINI.parts["end"])
    findings: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    mends: str = ""
    whole: bool = True

    def __call__(self, seen: Seen) -> Iterable[Step]:
        if seen.header("x-goog-api-key") != TOKEN:
            return [reply(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})]
        if seen.target == f"{PATH}:streamGenerateContent?alt=sse":
            return sse(*self.events, pause=0.03)
        if seen.target == f"{PATH}:generateContent":
            return [reply(200, dict(GEMINI.whole) if self.whole else {"id": "x"})]
        return [reply(404, {"error": {"code": 404, "status": "NOT_FOUND"}})]


ZOO = {
    "healthy": Animal(),
    "cut off": Animal(WORDS, {"ending": "failed"}, "cut off", '"finishReason":"STOP" in the last'),
    "error inside": Animal((*WORDS, *GEMINI.parts["error"]), {"ending": "failed"}, "error"),
    "no usage": Animal((*WORDS, GEMINI.parts["end"][0].split(', "usage')[0] + "}"),
                       {"usage": "warning"}, "no usage", "usageMetadata"),
    "no text": Animal(GEMINI.parts["end"], {"chunks": "warning"}, "no text", "parts[0].text"),
    "no whole reply": Animal(findings={"whole_reply": "warning"}, whole=False,
                             mends="`GenerateContentResponse` object"),
}  # fmt: skip

FOREIGN = ("choices", "``")


def examined(
    animal: Animal, acme: Tenant, upstream: StartUpstream, model: str = "house"
) -> ValidationRun:
    saved = saved_endpoint(
        acme, urls=[f"{upstream(animal).url}/v1beta"], wire_format="gemini", model=model,
        auth=HEADER, timeouts=clocks(animal.says),
    )  # fmt: skip
    return examine(saved)


@pytest.mark.parametrize("name", ZOO)
def test_each_animal_is_named_by_its_own_check_in_its_own_terms(
    name: str, acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    animal = ZOO[name]
    assert_named(examined(animal, acme, upstream), animal, "llm", FOREIGN)


def test_wrong_model_is_told_with_what_becomes_of_the_url(
    acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    results = examined(ZOO["healthy"], acme, upstream, model="other").checks.all()
    (answer,) = (each for each in results if each.name == "answer")
    assert "status 404" in answer.summary
    assert "the model and the method are put behind it" in answer.hint
    assert "exactly as it is" not in answer.hint


def test_what_the_format_does_not_have_is_skipped_and_says_so(
    acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    results = examined(ZOO["healthy"], acme, upstream).checks.all()
    skipped = {each.name: each.summary for each in results if each.status == "skipped"}
    assert skipped == {
        "thoughts": "In Gemini it is not looked at.",
        "done": "Gemini has no end mark: the response just ends.",
        "stream_options": "Gemini has no such member: usage needs no asking.",
    }
