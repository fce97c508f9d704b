"""What checks say reads as a sentence, whatever they count."""

import pytest

from dispatch.endpoint import EndpointSnapshot
from egress.http import Clocks
from endpoints.validation.base import Check, Look, Seen
from endpoints.validation.checks.address import Address
from endpoints.validation.checks.chunks import Chunks
from endpoints.validation.checks.ending import Ending
from endpoints.validation.checks.streaming import Streaming
from endpoints.validation.exchange import Exchange, Failure
from endpoints.validation.words import counted

URL = "https://llm.example.com/v1/chat/completions"
ENDPOINT = EndpointSnapshot(
    id="end_1", tenant_id="ten_1", version=1, channel="llm", wire_format="openai-chat",
    urls=(URL,), model="m", clocks=Clocks(), settings={}, auth_type="none", auth_fields={},
    auth_secrets={}, auth_hosts=(),
)  # fmt: skip
CHUNK = (
    b'data: {"id":"c","object":"chat.completion.chunk","model":"m",'
    b'"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
)


def said(check: Check, *pieces: tuple[float, bytes], took: float = 0.0) -> str:
    stream = Exchange(
        None, "stream", 200, {"content-type": "text/event-stream"}, pieces, took=took
    )  # fmt: skip
    return check.run(Seen(ENDPOINT, 0.0, exchanges={"stream": stream, "plain": None})).summary


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 events"), (1, "1 event"), (36, "36 events"), (1200, "1,200 events")]
)
def test_a_count_agrees_with_its_noun(count: int, words: str) -> None:
    assert counted(count, "event") == words


def test_a_quick_answer_that_comes_at_once_is_told_as_such() -> None:
    words = said(Streaming(), (0.021, CHUNK * 36))
    assert words == "All 36 events came at once, 21 ms after the request."


def test_an_answer_that_comes_in_steps_has_them_counted() -> None:
    words = said(Streaming(), (0.1, CHUNK * 2), (0.3, CHUNK * 2))
    assert words == "4 events came in 2 steps over 0.2 s."


def test_a_single_event_is_not_told_in_the_plural() -> None:
    one = (0.5, CHUNK)
    assert "came in 1 event after 0.5 s" in said(Streaming(), one, took=0.5)
    assert said(Chunks(), one) == "1 event, each as it should be."
    assert "cleanly after 1 event, in" in said(Ending(), one)


@pytest.mark.parametrize(
    "seen",
    ["self-signed certificate", "self-signed certificate in certificate chain",
     "unable to get local issuer certificate"],
)  # fmt: skip
def test_who_has_a_private_authority_is_told_of_its_variable(seen: str) -> None:
    failure = Failure("tls_failed", "tls_failed", f"The certificate is not accepted: {seen}.")
    found = Address().run(Seen(ENDPOINT, 0.0, looks=[Look(URL, None, failure)]))
    assert "`EGRESS_CA_FILE`" in found.hint
