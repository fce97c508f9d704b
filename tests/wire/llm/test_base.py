"""What all LLM formats share."""

import pytest

from wire.conversation import Turn
from wire.events import Failure, Usage
from wire.llm.base import LLMFormat, LLMRequest, LLMTally
from wire.registry import format_named


class _Fixed(LLMFormat):
    def prompt_bytes(self, request: LLMRequest) -> int:
        return 41

    def reply_as_stream(self, body: bytes, request: LLMRequest) -> bytes:
        return b"data: " + body + b"\n\n"


_Fixed.__abstractmethods__ = frozenset()
REQUEST = LLMRequest("fixed", None, False, False, None, {})


@pytest.mark.parametrize(
    ("tally", "complete"),
    [
        (LLMTally(has_content=True, usage=Usage(1, 1)), False),
        (LLMTally(finished=True), True),
        (LLMTally(done=True), True),
        (LLMTally(failure=Failure("boom")), True),
    ],
)
def test_answer_is_complete_once_it_said_how_it_ends(tally: LLMTally, complete: bool) -> None:
    assert tally.complete is complete


def test_estimate_counts_reasoning_as_part_of_the_completion() -> None:
    tally = LLMTally(content_bytes=10, reasoning_bytes=8)
    fixed = _Fixed()  # type: ignore[abstract] # only its measure matters here
    assert fixed.estimate(REQUEST, tally) == Usage(prompt=11, completion=5, reasoning=2)


def test_whole_answer_is_the_callers_as_it_is_or_as_a_stream() -> None:
    fixed = _Fixed()  # type: ignore[abstract] # only its replies matter here
    assert fixed.reply(b"{}", REQUEST) == b"{}"
    streaming = LLMRequest("fixed", None, True, False, None, {})
    assert fixed.reply(b"{}", streaming) == b"data: {}\n\n"


def test_url_of_an_endpoint_is_called_as_it_is() -> None:
    fixed = _Fixed()  # type: ignore[abstract] # only its URL matters here
    assert fixed.url("https://x/y?z", REQUEST, model="m", settings={}) == "https://x/y?z"


def test_error_of_the_same_format_stays_as_it_is() -> None:
    fixed = _Fixed()  # type: ignore[abstract] # only its errors matter here
    assert fixed.error(500, b"boom") is None


def test_bytes_of_a_format_are_its_own_callers() -> None:
    assert format_named("llm", "openai-chat").shape == "openai-chat"


def test_usage_is_asked_for_where_a_setting_says_so() -> None:
    assert format_named("llm", "openai-chat").asks_for_usage
    assert not format_named("llm", "anthropic-messages").asks_for_usage


def test_most_formats_keep_nothing_from_one_request_to_the_next() -> None:
    fixed = _Fixed()  # type: ignore[abstract] # only what it leaves to the base matters here
    assert fixed.utterance(REQUEST) is None
    assert fixed.recall(REQUEST, [Turn("user", "Hi")]) is REQUEST
    assert fixed.reply_text(b'{"response":"Hi"}') == ""
    assert fixed.reply_session(b'{"sessionId":"s1"}') is None
    assert fixed.configured({"session_field": "sessionId"}) is fixed


def test_requests_are_posted_unless_a_format_says_otherwise() -> None:
    assert _Fixed().dialogue(b"{}") is None
    assert not _Fixed().knows_calls
