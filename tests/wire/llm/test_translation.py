"""Every pair of LLM formats: what goes in on one side comes out on the other."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.wire.corpus import Case, cases, meaning
from wire.capabilities import LLMCapabilities
from wire.errors import InvalidRequest
from wire.events import Failure, Finish
from wire.llm.base import LLMFormat, LLMRequest, Stamp
from wire.llm.bounds import LONGEST_ANSWER, TOO_LONG
from wire.llm.openai_chat import OpenAIChat
from wire.llm.translation import Translation
from wire.registry import format_named, formats_of, hosted_formats

STAMP = Stamp("1", 1790000000)
NAMES = sorted(
    name for name in formats_of("llm") if format_named("llm", name).capabilities.streaming
)
TELLING = [
    name for name, wire in hosted_formats("llm").items()
    if name in NAMES and wire.scheme == "https"
]  # fmt: skip
PAIRS = [(a, b) for a in TELLING for b in NAMES if a != b]
CHAT, MESSAGES = format_named("llm", "openai-chat"), format_named("llm", "anthropic-messages")


def asked(wire: LLMFormat, **members: Any) -> LLMRequest:
    """A request that wants all it can get: usage, and reasoning."""
    wanted = {"stream_options": {"include_usage": True}, "thinking": {"type": "adaptive"},
              "reasoning": {"summary": "auto"}, "input": []}  # fmt: skip
    body = {"messages": [], "stream": True, **wanted, **members}
    return wire.read_request(json.dumps(body).encode())


def to_messages(**members: Any) -> tuple[Translation, LLMRequest]:
    """From a chat caller to a messages endpoint."""
    return Translation(CHAT, MESSAGES, STAMP), asked(CHAT, **members)


CORPUS = [
    pytest.param(format_named("llm", a), format_named("llm", b), case, id=f"{a}-{b}-{case.name}")
    for a, b in PAIRS
    for case in cases(b)
]


@pytest.mark.parametrize(("ingress", "egress", "case"), CORPUS)
def test_recorded_stream_means_the_same_on_the_other_side_however_it_is_cut(
    ingress: LLMFormat, egress: LLMFormat, case: Case
) -> None:
    passage, request = Translation(ingress, egress, STAMP), asked(ingress)
    out, tally = meaning.relayed(passage.relay(request, {}), [case.body])
    for pieces in (meaning.single(case.body), *_in_two(case.body)):
        assert meaning.relayed(passage.relay(request, {}), pieces) == (out, tally)
    own = [event for event in meaning.events(egress, [case.body]) if isinstance(event, Finish)]
    reasons = {event.reason for event in own if event.choice == 0} or {"stop"}
    _check(case, ingress, out, reasons)


def _in_two(body: bytes) -> list[list[bytes]]:
    return [[body[:at], body[at:]] for at in range(1, len(body), 5)]


def _check(case: Case, ingress: LLMFormat, out: bytes, reasons: set[str]) -> None:
    found = meaning.events(ingress, [out])
    assert meaning.texts(found).get("0", "") == case.text.get("0", "")
    assert meaning.reasoning(found) == case.reasoning
    assert [call["arguments"] or "{}" for call in meaning.tools(found)] == [
        call["arguments"] or "{}" for call in case.tools
    ]
    failed = [event.message for event in found if isinstance(event, Failure)]
    if not case.complete:
        assert failed == ["The endpoint's stream ended before it was finished."]
    elif case.failure:
        assert failed == [case.failure["message"]]
    else:
        assert not failed
        assert meaning.finishes(found)[0] in reasons
        told = meaning.usage(found)
        assert (told and (told.prompt, told.completion)) == (
            (case.usage.prompt, case.usage.completion) if case.usage else _nothing(ingress)
        )


def _nothing(ingress: LLMFormat) -> tuple[int, int] | None:
    """What stands where nothing was reported: some formats demand figures."""
    return (0, 0) if ingress is MESSAGES else None


def test_failure_is_told_once_and_is_the_end() -> None:
    passage, request = to_messages()
    relay = passage.relay(request, {})
    error = b'data: {"type":"error","error":{"type":"overloaded_error","message":"m"}}\n\n'
    out = relay.feed(error) + relay.feed(b'data: {"type":"message_stop"}\n\n') + relay.close()
    assert out.count(b"data: ") == 1
    assert relay.tally.failure == Failure("m", "overloaded_error")
    assert relay.tally.done


def test_error_at_the_very_end_is_told_and_a_cut_is_left_to_fail() -> None:
    passage, request = to_messages()
    relay = passage.relay(request, {})
    assert relay.feed(b'data: {"type":"error","error":"boom"}') == b""
    assert b'"boom"' in relay.close()
    cut = passage.relay(request, {})
    assert cut.feed(b'data: {"type":"content_block_delta","delta":{"text":"<th') == b""
    assert cut.close() == b""
    assert not cut.tally.complete
    assert b'"code":"c"' in cut.fail(code="c", message="m")


def test_answer_without_end_is_ended() -> None:
    passage, request = to_messages()
    relay = passage.relay(request, {})
    text = "x" * (LONGEST_ANSWER // 100)
    delta = {"type": "content_block_delta", "delta": {"text": text}}
    event = b"data: " + json.dumps(delta).encode() + b"\n\n"
    out = [relay.feed(event) for _ in range(102)]
    assert all(text.encode() in piece for piece in out[:100])
    assert b"longer than 16 MiB" in out[100]
    assert (out[101], relay.close()) == (b"", b"")
    assert (relay.tally.failure, relay.tally.done) == (TOO_LONG, True)


def test_end_comes_with_the_end_mark_or_else_with_the_end_of_the_stream() -> None:
    passage, request = to_messages()
    ending = b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n'
    relay = passage.relay(request, {})
    assert b"[DONE]" not in relay.feed(ending)
    assert relay.close().endswith(b"data: [DONE]\n\n")
    assert not relay.tally.done
    marked = passage.relay(request, {})
    assert marked.feed(b"") == b""
    assert not marked.tally.done
    assert marked.feed(ending + b'data: {"type":"message_stop"}\n\n').endswith(b"[DONE]\n\n")
    assert marked.close() == b""
    assert marked.end_mark == b"message_stop"


def test_request_is_written_for_the_endpoint_with_its_headers() -> None:
    passage, request = to_messages(messages=[{"role": "user", "content": "Hi"}])
    body = json.loads(passage.write_request(request, model="m", settings={"max_tokens": 7}))
    assert (body["model"], body["max_tokens"], body["stream"]) == ("m", 7, True)
    assert passage.headers == (("anthropic-version", "2023-06-01"),)


def test_url_is_the_endpoints_formats() -> None:
    request = asked(CHAT, model="theirs")
    passage = Translation(CHAT, format_named("llm", "gemini"), STAMP)
    assert passage.url("https://g", request, model="", settings={}) == (
        "https://g/models/theirs:streamGenerateContent?alt=sse"
    )


def test_request_that_is_nested_too_deeply_is_refused() -> None:
    deep: Any = {"type": "text", "text": "x"}
    for _ in range(400):
        deep = {"type": "tool_result", "tool_use_id": "t", "content": [deep]}
    request = asked(MESSAGES, messages=[{"role": "user", "content": [deep]}])
    with pytest.raises(InvalidRequest, match="nested too deeply"):
        Translation(MESSAGES, CHAT, STAMP).write_request(request, model="", settings={})


class _Blind(OpenAIChat):
    name = "blind"
    capabilities = LLMCapabilities(images=False)


def test_picture_for_a_format_that_shows_none_is_refused() -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://x"}}
    request = asked(CHAT, messages=[{"role": "user", "content": [picture]}])
    with pytest.raises(InvalidRequest, match="No picture can be given to a blind endpoint"):
        Translation(CHAT, _Blind(), STAMP).write_request(request, model="", settings={})


BODY = json.dumps(
    {"content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn",
     "usage": {"input_tokens": 9, "output_tokens": 1}}
).encode()  # fmt: skip


def test_whole_reply_is_translated_whole_or_into_a_stream() -> None:
    passage, request = to_messages()
    assert passage.is_stream("application/json", BODY) is False
    assert passage.read_reply(BODY).content_bytes == 2
    stream = passage.reply(BODY, request)
    assert stream.endswith(b"data: [DONE]\n\n")
    assert b'"prompt_tokens":9' in stream
    whole = json.loads(passage.reply(BODY, asked(CHAT, stream=False)))
    assert whole["choices"][0]["message"]["content"] == "Hi"
    assert whole["id"] == "chatcmpl-1"


def test_call_without_an_id_has_one_of_its_own_in_each_answer() -> None:
    call = {"index": 0, "function": {"name": "f", "arguments": "{}"}}
    event = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "stop"}]}
    reply = {"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "stop"}]}
    told = set()
    for unique in ("one", "two"):
        passage = Translation(MESSAGES, CHAT, Stamp(unique, 0))
        relay = passage.relay(asked(MESSAGES), {})
        stream = relay.feed(b"data: %b\n\n" % json.dumps(event).encode()) + relay.close()
        body = json.dumps(reply).encode()
        whole = [passage.reply(body, asked(MESSAGES, stream=streams)) for streams in (True, False)]
        told |= {
            meaning.tools(meaning.events(MESSAGES, [each]))[0]["id"] for each in (stream, whole[0])
        }
        told |= {block["id"] for block in json.loads(whole[1])["content"]}
    assert told == {"call_one_0_0", "call_two_0_0"}


@pytest.mark.parametrize(
    ("body", "says"),
    [(b'{"error":{"message":"secret"}}', "Its answer is an error"), (b"{}", "is not a message")],
)
def test_error_in_place_of_a_reply_is_a_bad_response(body: bytes, says: str) -> None:
    failure = to_messages()[0].read_reply(body).failure
    assert failure is not None
    assert failure.code == "upstream_bad_response"
    assert says in failure.message


def test_endpoints_own_error_gets_the_callers_shape() -> None:
    body = b'{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}'
    error = json.loads(to_messages()[0].error(529, body) or b"")["error"]
    assert (error["message"], error["code"]) == ("Busy", "overloaded_error")
    nameless = Translation(MESSAGES, CHAT, STAMP).error(500, b"boom") or b""
    assert b'"error_code":"upstream_error"' in nameless


def test_one_format_is_a_passage_to_itself() -> None:
    assert CHAT.error(500, b"x") is None
    assert CHAT.reply(b"{}", asked(CHAT, stream=False)) == b"{}"


@pytest.mark.parametrize(
    "failed", [{"finish_reason": "error"}, {"index": 1, "finish_reason": "error"}]
)
def test_reply_that_fails_in_its_middle_is_a_bad_response(failed: Any) -> None:
    first = {"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}
    body = json.dumps({"choices": [first, failed]}).encode()
    failure = Translation(MESSAGES, CHAT, STAMP).read_reply(body).failure
    assert failure is not None
    assert failure.code == "upstream_bad_response"
    assert "Its answer is an error" in failure.message


def test_endpoint_that_keeps_what_was_said_is_told_the_call() -> None:
    passage = Translation(CHAT, format_named("llm", "vexyl-chat"), STAMP)
    request = asked(CHAT, messages=[{"role": "user", "content": "Hi"}])
    nameless = json.loads(passage.write_request(request, model="", settings={}))
    assert nameless["sessionId"] == STAMP.id
    named = replace(request, session="call-7")
    assert json.loads(passage.write_request(named, model="", settings={}))["sessionId"] == "call-7"


def test_endpoint_that_knows_calls_is_called_by_the_callers_or_by_one_of_its_own() -> None:
    passage, request = Translation(CHAT, format_named("llm", "retell-llm"), STAMP), asked(CHAT)
    for session, named in (("call-7", "call-7"), (None, STAMP.id)):
        given = replace(request, session=session)
        url = passage.url("wss://e.example/x", given, model="", settings={})
        assert url == f"wss://e.example/x/{named}"
        body = passage.write_request(given, model="", settings={})
        assert json.loads(body)["call"]["call_id"] == named
        assert passage.dialogue(body) is not None


def test_endpoint_that_is_posted_to_needs_no_dialogue() -> None:
    passage, _ = to_messages()
    assert passage.dialogue(b"{}") is None
    assert CHAT.dialogue(b"{}") is None
