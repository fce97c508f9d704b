"""The openai-chat format as a whole, over its corpus of recorded streams."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.wire.corpus import Case, cases, meaning
from tests.wire.corpus.meaning import check_meaning, cuts
from wire.conversation import Message, TextPart
from wire.events import Failure, Text, Usage
from wire.llm.base import LLMAnswer, LLMRequest, Stamp
from wire.llm.openai_chat import OpenAIChat
from wire.registry import format_named

CASES = cases("openai-chat")
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
FORMAT = OpenAIChat()
ASKED = FORMAT.read_request(
    b'{"messages":[],"stream":true,"stream_options":{"include_usage":true}}'
)
NOT_ASKED = FORMAT.read_request(b'{"messages":[],"stream":true}')


def relayed(request: LLMRequest, pieces: list[bytes]) -> tuple[bytes, dict[str, object]]:
    return meaning.relayed(FORMAT.relay(request, {}), pieces)


@every_case
def test_caller_who_asked_for_usage_gets_the_very_bytes_however_they_are_cut(case: Case) -> None:
    whole = relayed(ASKED, [case.body])[1]
    for pieces in cuts(case.body):
        assert relayed(ASKED, pieces) == (case.body, whole), [len(piece) for piece in pieces]


@every_case
def test_others_get_the_very_bytes_without_the_extra_chunk_however_cut(case: Case) -> None:
    whole = relayed(NOT_ASKED, [case.body])[1]
    for pieces in cuts(case.body):
        assert relayed(NOT_ASKED, pieces) == (case.shown, whole), [len(p) for p in pieces]


@every_case
def test_tally_has_usage_and_completeness_and_failure(case: Case) -> None:
    relay = FORMAT.relay(NOT_ASKED, {})
    relay.feed(case.body)
    relay.close()
    tally = relay.tally
    assert tally.usage == case.usage
    assert tally.complete is case.complete
    if case.complete:
        assert (tally.failure and asdict(tally.failure)) == case.failure
    assert tally.has_content is bool(case.text or case.tools)


@every_case
def test_reader_gives_the_same_meaning_however_the_stream_is_cut(case: Case) -> None:
    for pieces in cuts(case.body):
        check_meaning(case, meaning.events(FORMAT, pieces))


def test_endpoint_that_was_not_asked_for_usage_has_nothing_withheld() -> None:
    case = next(case for case in CASES if case.name == "happy-usage")
    relay = FORMAT.relay(NOT_ASKED, {"include_usage": False})
    assert relay.feed(case.body) + relay.close() == case.body


def test_format_is_found_by_its_name() -> None:
    found = format_named("llm", "openai-chat")
    assert isinstance(found, OpenAIChat)
    assert (found.label, found.channel) == ("OpenAI Chat Completions", "llm")


def test_request_goes_through_to_the_endpoint() -> None:
    request = FORMAT.read_request(b'{"messages":[],"user_id":"u"}', always_stream=True)
    assert request.stream
    assert FORMAT.write_request(request, model="m", settings={"include_usage": False}) == (
        b'{"messages":[],"stream":true,"model":"m"}'
    )


def test_usage_is_estimated_from_both_sides() -> None:
    request = FORMAT.read_request(b'{"messages":[{"role":"user","content":"Hello there"}]}')
    tally = FORMAT.read_reply(
        b'{"choices":[{"message":{"content":"Hi you","reasoning":"abcdefgh"}}]}'
    )
    assert FORMAT.estimate(request, tally) == Usage(prompt=7, completion=4, reasoning=2)


def test_whole_answer_is_told_from_a_stream_and_made_one() -> None:
    body = b'{"choices":[{"message":{"content":"Hi"}}],"usage":{"prompt_tokens":1}}'
    assert FORMAT.is_stream("text/event-stream", body) is False
    assert b'"usage"' in FORMAT.reply_as_stream(body, ASKED)
    assert b'"usage"' not in FORMAT.reply_as_stream(body, NOT_ASKED)


def test_request_is_read_into_a_conversation_and_written_from_one() -> None:
    request = FORMAT.read_request(b'{"messages":[{"role":"user","content":"Hi"}]}')
    conversation = FORMAT.read_conversation(request)
    assert conversation.messages == (Message("user", (TextPart("Hi"),)),)
    assert FORMAT.write_conversation(conversation, model="m", settings={}) == (
        b'{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":false}'
    )


def test_answer_is_written_whole_or_streamed_and_read_again() -> None:
    whole = FORMAT.write_answer(LLMAnswer("Hi"), NOT_ASKED, Stamp("1", 0))
    assert meaning.texts(FORMAT.read_answer(whole)) == {"0": "Hi"}
    writer = FORMAT.writer(NOT_ASKED, Stamp("1", 0))
    stream = writer.write(Text("Hi")) + writer.end()
    assert meaning.texts(meaning.events(FORMAT, [stream])) == {"0": "Hi"}


def test_errors_have_openais_shape() -> None:
    error = FORMAT.write_error(status=429, code="rate_limit", message="Slow down.", param=None)
    assert b'"code":"rate_limit"' in error
    event = FORMAT.write_stream_error(code="upstream_timeout", message="Too slow.")
    assert event.startswith(b'data: {"error":')
    assert FORMAT.read_error(error) == Failure("Slow down.", "rate_limit")


def test_examples_of_its_page_are_what_really_happens() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats" / "openai-chat.md").read_text()
    page = page[page.index("## What the endpoint gets") :]
    received, sent, error, event = re.findall(r"```(?:json|text)\n(.*?)\n```", page, re.DOTALL)
    request = FORMAT.read_request(received.encode())
    assert FORMAT.write_request(request, model="house-7b", settings={}).decode() == sent
    own = FORMAT.write_error(status=401, code="invalid_api_key", message="No such key.")
    assert own.decode() == error
    (failure,) = FORMAT.reader({}).close()
    assert isinstance(failure, Failure)
    written = FORMAT.write_stream_error(code=failure.code or "", message=failure.message)
    assert written.decode().strip() == event
