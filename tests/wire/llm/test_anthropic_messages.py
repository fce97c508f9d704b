"""The anthropic-messages format as a whole, over its corpus of recorded streams."""

import json
import re
from pathlib import Path

import pytest

from tests.wire.corpus import Case, cases, meaning
from tests.wire.corpus.meaning import check_meaning, cuts
from wire.conversation import Message, TextPart
from wire.events import Failure, Usage
from wire.llm.anthropic_messages import AnthropicMessages
from wire.llm.base import LLMAnswer, Stamp
from wire.registry import format_named

CASES = cases("anthropic-messages")
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
FORMAT = AnthropicMessages()
ASKED = FORMAT.read_request(b'{"messages":[],"stream":true}')


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


def test_format_is_found_by_its_name() -> None:
    found = format_named("llm", "anthropic-messages")
    assert isinstance(found, AnthropicMessages)
    assert (found.label, found.paths) == ("Anthropic Messages", ("/v1/messages",))


def test_request_goes_through_to_an_endpoint_of_the_same_format() -> None:
    request = FORMAT.read_request(b'{"messages":[],"top_k":5}', always_stream=True)
    sent = FORMAT.write_request(request, model="m", settings={})
    assert sent == b'{"messages":[],"top_k":5,"stream":true,"model":"m"}'
    assert FORMAT.prompt_bytes(request) == 0


def test_request_is_read_into_a_conversation_and_written_from_one() -> None:
    request = FORMAT.read_request(b'{"messages":[{"role":"user","content":"Hi"}],"model":"c"}')
    conversation = FORMAT.read_conversation(request)
    assert conversation.messages == (Message("user", (TextPart("Hi"),)),)
    body = FORMAT.write_conversation(conversation, model="m", settings={"max_tokens": 7})
    assert json.loads(body) == {
        "model": "m", "max_tokens": 7, "stream": False,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
    }  # fmt: skip


def test_whole_message_is_read_and_written_and_streamed() -> None:
    body = FORMAT.write_answer(LLMAnswer("Hi", usage=Usage(9, 1)), ASKED, Stamp("1", 0))
    assert FORMAT.read_reply(body).usage == Usage(9, 1)
    assert meaning.texts(FORMAT.read_answer(body)) == {"0": "Hi"}
    stream = FORMAT.reply_as_stream(body, ASKED)
    assert meaning.texts(meaning.events(FORMAT, [stream])) == {"0": "Hi"}
    assert FORMAT.writer(ASKED, Stamp("1", 0)).end().startswith(b"event: message_start\n")


def test_errors_have_anthropics_shape() -> None:
    error = FORMAT.write_error(status=529, code="x", message="m")
    assert FORMAT.read_error(error) == Failure("m", "overloaded_error")
    event = FORMAT.write_stream_error(code="upstream_timeout", message="Too slow.")
    assert event.startswith(b'event: error\ndata: {"type":"error","error":{')


def test_examples_of_its_page_are_what_really_happens() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats" / "anthropic-messages.md").read_text()
    received, sent, error, event = re.findall(r"```(?:json|text)\n(.*?)\n```", page, re.DOTALL)
    chat = format_named("llm", "openai-chat")
    conversation = chat.read_conversation(chat.read_request(received.encode()))
    written = FORMAT.write_conversation(conversation, model="claude-house", settings={})
    assert json.loads(written) == json.loads(sent)
    own = FORMAT.write_error(status=401, code="invalid_api_key", message="No such key.")
    assert own.decode() == error
    (failure,) = FORMAT.reader({}).close()
    assert isinstance(failure, Failure)
    told = FORMAT.write_stream_error(code=failure.code or "", message=failure.message)
    assert told.decode().strip() == event
