"""The openai-responses format as a whole, over its corpus of recorded streams."""

import json
import re
from pathlib import Path

import pytest

from tests.wire.corpus import Case, cases, meaning
from tests.wire.corpus.meaning import check_meaning, cuts
from wire.conversation import Message, TextPart
from wire.events import Failure, Usage
from wire.llm.base import LLMAnswer, Stamp
from wire.llm.openai_responses import OpenAIResponses
from wire.registry import format_named
from wire.responses.reader import COMPLETED, INCOMPLETE

CASES = cases("openai-responses")
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
FORMAT = OpenAIResponses()
ASKED = FORMAT.read_request(b'{"input":"Hi","stream":true}')


@every_case
def test_reader_gives_the_same_meaning_however_the_stream_is_cut(case: Case) -> None:
    for pieces in cuts(case.body):
        check_meaning(case, meaning.events(FORMAT, pieces))


@every_case
def test_callers_of_the_format_get_the_very_bytes_however_they_are_cut(case: Case) -> None:
    for pieces in cuts(case.body):
        out, tally = meaning.relayed(FORMAT.relay(ASKED, {}), pieces)
        assert out == case.body
        assert tally["failure"] == (case.failure if case.complete else None)


@every_case
def test_tally_has_usage_and_completeness_and_content(case: Case) -> None:
    relay = FORMAT.relay(ASKED, {})
    relay.feed(case.body)
    relay.close()
    assert relay.tally.usage == case.usage
    assert relay.tally.complete is case.complete
    assert relay.tally.has_content is bool(case.text or case.tools)


@pytest.mark.parametrize("kind", [COMPLETED, INCOMPLETE])
def test_every_end_of_a_good_stream_holds_the_end_mark(kind: str) -> None:
    assert FORMAT.end_mark in kind.encode()


def test_format_is_found_by_its_name() -> None:
    found = format_named("llm", "openai-responses")
    assert isinstance(found, OpenAIResponses)
    assert (found.label, found.hosted) == ("OpenAI Responses", "/v1")
    assert found.paths == ("/v1/responses", "/responses")


def test_request_goes_through_to_an_endpoint_of_the_same_format() -> None:
    request = FORMAT.read_request(b'{"input":[],"store":true}', always_stream=True)
    sent = FORMAT.write_request(request, model="m", settings={})
    assert sent == b'{"input":[],"store":true,"stream":true,"model":"m"}'
    assert FORMAT.prompt_bytes(request) == 0


def test_request_is_read_into_a_conversation_and_written_from_one() -> None:
    request = FORMAT.read_request(b'{"input":"Hi","model":"c"}')
    conversation = FORMAT.read_conversation(request)
    assert conversation.messages == (Message("user", (TextPart("Hi"),)),)
    body = FORMAT.write_conversation(conversation, model="m", settings={"drop_fields": ["store"]})
    assert json.loads(body) == {
        "model": "m", "stream": False,
        "input": [{"type": "message", "role": "user", "content": "Hi"}],
    }  # fmt: skip


def test_whole_response_is_read_and_written_and_streamed() -> None:
    body = FORMAT.write_answer(LLMAnswer("Hi", usage=Usage(9, 1)), ASKED, Stamp("1", 0))
    assert FORMAT.read_reply(body).usage == Usage(9, 1)
    assert meaning.texts(FORMAT.read_answer(body)) == {"0": "Hi"}
    stream = FORMAT.reply_as_stream(body, ASKED)
    assert meaning.texts(meaning.events(FORMAT, [stream])) == {"0": "Hi"}
    assert FORMAT.writer(ASKED, Stamp("1", 0)).end().startswith(b"event: response.created\n")


def test_errors_have_openais_shape() -> None:
    error = FORMAT.write_error(status=429, code="x", message="m")
    assert FORMAT.read_error(error) == Failure("m", "x")
    event = FORMAT.write_stream_error(code="upstream_timeout", message="Too slow.")
    assert event.startswith(b'event: error\ndata: {"type":"error","sequence_number":0,"code"')


def test_examples_of_its_page_are_what_really_happens() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats" / "openai-responses.md").read_text()
    received, sent, event = re.findall(r"```(?:json|text)\n(.*?)\n```", page, re.DOTALL)
    chat = format_named("llm", "openai-chat")
    conversation = chat.read_conversation(chat.read_request(received.encode()))
    written = FORMAT.write_conversation(conversation, model="gpt-house", settings={})
    assert json.loads(written) == json.loads(sent)
    (failure,) = FORMAT.reader({}).close()
    assert isinstance(failure, Failure)
    told = FORMAT.write_stream_error(code=failure.code or "", message=failure.message)
    assert told.decode().strip() == event
