"""The retell-llm format as a whole."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from wire.errors import InvalidRequest
from wire.events import Failure, Finish, Text
from wire.llm.base import LLMAnswer, Stamp
from wire.llm.retell_llm import RetellLLM
from wire.llm.translation import Translation
from wire.registry import format_named, hosted_format
from wire.retell.conversations import OPENING, REMINDER
from wire.retell.dialogue import GREETING_SECONDS, RetellDialogue
from wire.retell.frames import APOLOGY
from wire.retell.session import DETAILS_LIMIT

FORMAT = RetellLLM()
CHAT = hosted_format("llm", "openai-chat")
ASK = {
    "interaction_type": "response_required", "response_id": 1,
    "transcript": [{"role": "user", "content": "Hi"}],
}  # fmt: skip
ASKED = FORMAT.read_request(json.dumps(ASK).encode())
CHAT_ASKED = hosted_format("llm", "openai-chat").read_request(
    b'{"messages":[{"role":"user","content":"Hi"}],"stream":true}'
)


def test_format_is_found_by_its_name_for_callers_and_endpoints() -> None:
    found = hosted_format("llm", "retell-llm")
    assert isinstance(found, RetellLLM)
    assert (found.label, found.hosted) == ("Retell custom LLM", "/llm-websocket")
    assert format_named("llm", "retell-llm") is found
    assert found.scheme == "wss"


def test_request_is_put_to_an_endpoint_and_its_turn_comes_back_as_a_stream() -> None:
    request = replace(CHAT_ASKED, session="call/7")
    passage = Translation(CHAT, FORMAT, Stamp("d1", 0))
    assert passage.url("wss://e.example/llm?t=1", request, model="", settings={}) == (
        "wss://e.example/llm/call%2F7?t=1"
    )
    body = passage.write_request(request, model="m", settings={})
    assert json.loads(body)["call"]["call_id"] == "call/7"
    dialogue = passage.dialogue(body)
    assert isinstance(dialogue, RetellDialogue)
    dialogue.say(0)
    relay = passage.relay(request, {})
    heard = dialogue.hear(b'{"response_id": 1, "content": "Hi"}', is_text=True)
    assert b'"content":"Hi"' in relay.feed(heard.body)
    heard = dialogue.hear(b'{"response_id": 1, "content_complete": true}', is_text=True)
    assert relay.end_mark in heard.body
    assert b"[DONE]" in relay.feed(heard.body)
    assert relay.tally.done


def test_call_without_a_name_is_called_by_its_request_and_one_that_leads_elsewhere_is_not() -> None:
    passage = Translation(CHAT, FORMAT, Stamp("d1", 0))
    url = passage.url("wss://e.example/llm/", CHAT_ASKED, model="", settings={})
    assert url == "wss://e.example/llm/d1"
    with pytest.raises(InvalidRequest):
        passage.url("wss://e.example/llm", replace(CHAT_ASKED, session=".."), model="", settings={})
    with pytest.raises(InvalidRequest):
        FORMAT.url("wss://e.example/llm", CHAT_ASKED, model="", settings={})


def test_whole_turn_is_read_with_the_endpoints_settings() -> None:
    body = b'data: {"response_id":1,"content":"Bye","content_complete":true,"end_call":true}\n\n'
    said, called, finish = FORMAT.configured({"end_call_tool": "bye"}).read_answer(body)
    assert (said, finish) == (Text("Bye"), Finish("tool_calls"))
    assert getattr(called, "name", "") == "bye"
    assert FORMAT.read_answer(body)[0] == Text("Bye")
    assert FORMAT.read_error(b'{"error":{"message":"m","code":"c"}}') == Failure("m", "c")


def test_turn_goes_to_an_endpoint_and_its_stream_comes_back_as_messages() -> None:
    passage = Translation(FORMAT, format_named("llm", "openai-chat"), Stamp("1", 0))
    body = json.loads(passage.write_request(ASKED, model="m", settings={}))
    assert (body["messages"], body["stream"]) == ([{"role": "user", "content": "Hi"}], True)
    relay = passage.relay(ASKED, {})
    out = relay.feed(b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n')
    assert json.loads(out)["content"] == "Hello"
    assert json.loads(relay.feed(b"data: [DONE]\n\n"))["content_complete"] is True


def test_its_parts_are_its_packages() -> None:
    assert FORMAT.prompt_bytes(ASKED) == 18
    assert FORMAT.session("c1").opening()
    assert FORMAT.writer(ASKED, Stamp("", 0)).write(Text("Hi"))
    assert FORMAT.write_answer(LLMAnswer("Hi"), ASKED, Stamp("", 0)).count(b"\n") == 2
    assert b'"code":"c"' in FORMAT.write_error(status=401, code="c", message="m")
    assert FORMAT.read_conversation(ASKED).stream
    assert FORMAT.tap().said(b'{"content":"Hi"}') == 2


PAGE = (Path(__file__).parents[3] / "docs" / "formats" / "retell-llm.md").read_text()


def test_messages_of_its_page_are_those_that_are_sent() -> None:
    opening, apology, asked, answered = re.findall(r"```text\n(.*?)\n```", PAGE, re.DOTALL)
    assert opening.encode() == b"\n".join(FORMAT.session("c1").opening())
    assert apology == APOLOGY
    request = CHAT.read_request(re.findall(r"```json\n(.*?)\n```", PAGE)[-1].encode())
    passage = Translation(CHAT, FORMAT, Stamp("d1", 0))
    dialogue = passage.dialogue(passage.write_request(request, model="", settings={}))
    assert dialogue is not None
    assert dialogue.say(0) == (asked.encode(),)
    heard = dialogue.hear(answered.encode(), is_text=True)
    assert heard.done
    assert b'"content":"For which day?"' in passage.relay(request, {}).feed(heard.body)


def test_figures_of_its_page_are_those_of_the_code() -> None:
    words = " ".join(PAGE.split())
    assert REMINDER in words
    assert OPENING in words
    assert f"{DETAILS_LIMIT // 1024} KiB" in words
    assert f"after {GREETING_SECONDS} s" in words
