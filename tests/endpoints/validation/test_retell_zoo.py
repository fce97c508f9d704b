"""An endpoint that is asked over a WebSocket is tested as such, and told so in its own terms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from endpoints.models import ValidationRun
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.verdicts import assert_named, examine
from tests.endpoints.validation.zoo import TOKEN, clocks
from tests.shapes.llm.retell_llm import SHAPE as RETELL
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Close, Hear, Seen, Send, Stall, Step, Upgrade, Wait, reply, said

PIECES = [RETELL.parts["text"][0]] * 8
END = RETELL.parts["end"]
HEADER = {"type": "header", "header": "x-api-key", "value": TOKEN}


@dataclass(frozen=True)
class Animal:
    """`messages` of a turn, and what follows; `findings` that are not passed, `says` and `mends` of
    the first.
    """

    messages: Sequence[str] = (*PIECES, *END)
    findings: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    mends: str = ""
    then: Sequence[Step] = (Stall(),)
    pause: float = 0.03
    late: float = 0.0
    status: int = 0
    lenient: bool = False
    shy: bool = False

    def __call__(self, seen: Seen) -> Iterable[Step]:
        if self.status:
            return [reply(self.status, {"error": "boom"})]
        if seen.header("x-api-key") != TOKEN and not self.lenient:
            return [reply(401, {"error": "Who are you?"})]
        greeting = [] if self.shy else [said({"response_id": 0, "content_complete": True})]
        return [
            Upgrade(),
            *greeting,
            Hear(b"response_required"),
            Wait(self.late),
            *self._told(),
            *self.then,
        ]

    def _told(self) -> list[Step]:
        """Without a pause all goes out in one write: between two, a busy machine pauses itself."""
        sent = [said(text) for text in self.messages]
        if not self.pause:
            return [Send(b"".join(each.data for each in sent))]
        return [step for each in sent for step in (Wait(self.pause), each)]


BAD, ENDING = {"answer": "failed"}, {"ending": "failed"}
ZOO = {
    "healthy": Animal(),
    "waiting to be asked": Animal(shy=True),
    "without a key": Animal(findings={"authentication": "warning"}, says="without the", mends="401",
                            lenient=True),
    "lost": Animal(findings=BAD, says="status 404", mends="the id of the call are put behind it",
                   status=404),
    "no upgrade": Animal(findings=BAD, says="status 426", mends="Upgrade", status=426),
    "silent": Animal((), BAD, "first_byte clock", "answer sooner"),
    "leaves": Animal((), BAD, "closed the connection", '"content_complete":true', then=[Close()]),
    "other turns": Animal(['{"response_id":7,"content":"Hi","content_complete":true}'], BAD,
                          "first_byte clock", "answer sooner"),
    "stalls": Animal(PIECES, ENDING, "stalled", "set a longer `timeouts.idle`"),
    "never complete": Animal(PIECES, ENDING, "cut off", '"content_complete":true', then=[Close()]),
    "no JSON": Animal((*PIECES, "Traceback"), ENDING, "cannot be read as Retell", "evidence"),
    "says nothing": Animal(END, {"chunks": "warning"}, "no text", "`content` of a `response`"),
    "held back": Animal(findings={"streaming": "failed"}, says="came at once",
                        mends="`content` of a `response`", pause=0.0, late=0.6),
}  # fmt: skip

FOREIGN = ("event-stream", "its headers", "proxy_buffering", "chunk", "comment line", "``")


def examined(animal: Animal, acme: Tenant, upstream: StartUpstream) -> ValidationRun:
    url = upstream(animal).url.replace("https", "wss", 1)
    saved = saved_endpoint(
        acme, urls=[f"{url}/llm-websocket"], wire_format="retell-llm", auth=HEADER,
        timeouts=clocks(animal.says),
    )  # fmt: skip
    return examine(saved)


@pytest.mark.parametrize("name", ZOO)
def test_each_animal_is_named_by_its_own_check_in_its_own_terms(
    name: str, acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    animal = ZOO[name]
    assert_named(examined(animal, acme, upstream), animal, "llm", FOREIGN)


def test_what_the_format_has_no_place_for_is_skipped_and_said(
    acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    results = list(examined(ZOO["healthy"], acme, upstream).checks.all())
    skipped = {each.name: each.summary for each in results if each.status == "skipped"}
    assert skipped == {
        "thoughts": "In Retell custom LLM it is not looked at.",
        "done": "Retell custom LLM has no end mark: its last message says so.",
        "stream_options": "Retell custom LLM has no such member: usage needs no asking.",
        "usage": "Retell custom LLM has no place for it: tokens are estimated.",
        "whole_reply": "Retell custom LLM has nothing but streams.",
    }
    (shown,) = (each.evidence for each in results if each.name == "authentication")
    assert '"interaction_type":"response_required"' in shown["request"]["body"]
