"""The gemini format as a whole, over its corpus of recorded streams."""

import json
import re
from pathlib import Path

import pytest

from tests.wire.corpus import Case, cases, meaning
from tests.wire.corpus.meaning import check_meaning, cuts
from wire.conversation import Conversation, Message, TextPart
from wire.events import Failure
from wire.llm.base import LLMRequest, Stamp
from wire.llm.gemini import Gemini
from wire.llm.translation import Translation
from wire.registry import format_named, hosted_format, hosted_formats

CASES = cases("gemini")
FORMAT = Gemini()
CHAT = hosted_format("llm", "openai-chat")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_reader_gives_the_same_meaning_however_the_stream_is_cut(case: Case) -> None:
    for pieces in cuts(case.body):
        check_meaning(case, meaning.events(FORMAT, pieces))


def test_format_is_found_by_its_name_and_is_no_callers() -> None:
    assert isinstance(format_named("llm", "gemini"), Gemini)
    assert "gemini" not in hosted_formats("llm")


def test_url_has_the_model_and_whether_to_stream() -> None:
    asked = LLMRequest("openai-chat", "theirs", True, False, None, {})
    base = "https://g.example.com/v1beta"
    assert FORMAT.url(base, asked, model="m", settings={}) == (
        f"{base}/models/m:streamGenerateContent?alt=sse"
    )
    assert FORMAT.url(base, asked, model="", settings={}) == (
        f"{base}/models/theirs:streamGenerateContent?alt=sse"
    )


def test_request_is_written_from_a_conversation_and_errors_are_read() -> None:
    conversation = Conversation((Message("user", (TextPart("Hi"),)),))
    assert FORMAT.write_conversation(conversation, model="m", settings={}) == (
        b'{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}'
    )
    assert FORMAT.read_error(b'{"error":{"message":"m","status":"S"}}') == Failure("m", "S")
    assert FORMAT.read_answer(b"{}")[0].code == "upstream_bad_response"  # type: ignore[union-attr]


def test_caller_has_the_end_of_its_stream_when_the_endpoint_is_gone() -> None:
    """More may come behind a reason to finish, and there is no mark behind which nothing does."""
    request = CHAT.read_request(b'{"messages":[],"stream":true}')
    relay = Translation(CHAT, FORMAT, Stamp("1", 0)).relay(request, {})
    early = (Path(__file__).parents[1] / "corpus/gemini/stop-in-every-event.sse").read_bytes()
    out = relay.feed(early)
    assert relay.tally.done
    assert b"[DONE]" not in out
    assert relay.close().endswith(b"data: [DONE]\n\n")


def test_examples_of_its_page_are_what_really_happens() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats" / "gemini.md").read_text()
    received, sent, answered, told = re.findall(r"```(?:json|text)\n(.*?)\n```", page, re.DOTALL)
    request = CHAT.read_request(received.encode())
    passage = Translation(CHAT, FORMAT, Stamp("…", 1790000000))
    written = passage.write_request(request, model="gemini-2.5-flash", settings={})
    assert json.loads(written) == json.loads(sent)
    relay = passage.relay(request, {})
    out = relay.feed(f"{answered}\n\n".encode()) + relay.close()
    assert out.decode().strip() == told
