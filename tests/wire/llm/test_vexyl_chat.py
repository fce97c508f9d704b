"""The vexyl-chat format as a whole, over its corpus of recorded answers."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.wire.corpus import FOLDER, meaning
from wire.conversation import Turn
from wire.events import Failure, LLMEvent
from wire.llm.base import LLMAnswer, Stamp
from wire.llm.translation import Translation
from wire.llm.vexyl_chat import VexylChat
from wire.registry import format_named
from wire.vexyl.conversations import SILENCE
from wire.vexyl.replies import PLACES
from wire.vexyl.writer import TEXT_LIMIT

BODIES = sorted((FOLDER / "vexyl-chat").glob("*.body"))
every_case = pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
FORMAT = VexylChat()
CHAT = format_named("llm", "openai-chat")
STAMP = Stamp("d1", 0)
ASKED = FORMAT.read_request(b'{"message":"Hi","sessionId":"s1"}')


def check(found: list[LLMEvent], path: Path) -> None:
    expected: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
    assert "".join(meaning.texts(found).values()) == expected["text"]
    assert meaning.reasoning(found) == expected["reasoning"]
    assert [call["name"] for call in meaning.tools(found)] == expected["tools"]
    assert meaning.finishes(found) == ([expected["finish"]] if expected["finish"] else [])
    usage = meaning.usage(found)
    assert (usage and [usage.prompt, usage.completion]) == expected["usage"]
    failures = [[each.message, each.code] for each in found if isinstance(each, Failure)]
    assert failures == ([expected["failure"]] if expected["failure"] else [])


@every_case
def test_answer_has_the_same_meaning_however_it_is_cut(path: Path) -> None:
    for pieces in meaning.cuts(path.read_bytes()):
        check(meaning.events(FORMAT, pieces), path)


@every_case
def test_callers_of_the_format_get_the_very_bytes(path: Path) -> None:
    body = path.read_bytes()
    assert FORMAT.reply(body, ASKED) == body
    failure = FORMAT.read_reply(body).failure
    assert (failure is None) is (
        json.loads(path.with_suffix(".json").read_text())["failure"] is None
    )


def called(found: list[LLMEvent]) -> list[tuple[str, str]]:
    return [(call["name"], call["arguments"]) for call in meaning.tools(found)]


@every_case
def test_callers_of_another_format_get_what_it_means(path: Path) -> None:
    body = path.read_bytes()
    passage = Translation(CHAT, FORMAT, STAMP)
    if passage.read_reply(body).failure is not None:
        return
    for asked in (b'{"messages":[]}', b'{"messages":[],"stream":true}'):
        request = CHAT.read_request(asked)
        out = passage.reply(body, request)
        found = meaning.events(CHAT, [out]) if request.stream else CHAT.read_answer(out)
        own = FORMAT.read_answer(body)
        assert meaning.texts(found) == meaning.texts(own)
        assert called(found) == called(own)
        assert meaning.finishes(found) == meaning.finishes(own)
        assert meaning.reasoning(found) == meaning.reasoning(own)


def test_format_is_found_by_its_name() -> None:
    found = format_named("llm", "vexyl-chat")
    assert isinstance(found, VexylChat)
    assert (found.label, found.hosted, found.paths) == ("VEXYL chat", "/chat", ("/chat",))
    assert found.spoken_errors


def test_answer_is_never_a_stream() -> None:
    assert FORMAT.is_stream("text/event-stream", b"data: ") is False
    assert FORMAT.writer(ASKED, STAMP).end().startswith(b'{"response":""')


def test_settings_of_an_endpoint_say_where_its_words_are() -> None:
    there = FORMAT.configured({"response_field": "a.b", "session_field": "id"})
    body = b'{"a":{"b":"Hello"},"id":"s9"}'
    assert meaning.texts(there.read_answer(body)) == {"0": "Hello"}
    assert there.reply_session(body) == "s9"
    assert isinstance(FORMAT.read_answer(body)[0], Failure)
    assert Translation(CHAT, there, STAMP).read_reply(body).session == "s9"


def test_endpoint_is_told_the_last_words_and_the_call() -> None:
    request = CHAT.read_request(b'{"messages":[{"role":"user","content":"Hi"}]}')
    told = Translation(CHAT, FORMAT, STAMP).write_request(request, model="m", settings={})
    assert json.loads(told) == {"message": "Hi", "sessionId": "d1", "history": [], "context": {}}


def test_what_was_said_before_is_recalled() -> None:
    assert FORMAT.utterance(ASKED) == "Hi"
    recalled = FORMAT.recall(ASKED, [Turn("user", "Good day")])
    assert [len(each.parts) for each in FORMAT.read_conversation(recalled).messages] == [1, 1]
    assert (
        FORMAT.write_request(ASKED, model="m", settings={}) == b'{"message":"Hi","sessionId":"s1"}'
    )
    assert FORMAT.prompt_bytes(recalled) == 42


def test_whole_answer_and_errors_have_vexyls_shape() -> None:
    answer = FORMAT.write_answer(LLMAnswer("Hi"), ASKED, STAMP)
    assert FORMAT.reply_text(answer) == "Hi"
    assert b'"response":"I apologise' in FORMAT.write_error(status=502, code="c", message="m")
    assert b'"response":"I apologise' in FORMAT.write_stream_error(code="c", message="m")
    assert FORMAT.read_error(b'{"detail":"Busy"}') == Failure("Busy")


def test_examples_of_its_page_are_what_really_happens() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats" / "vexyl-chat.md").read_text()
    blocks = re.findall(r"```json\n(.*?)\n```", page, re.DOTALL)
    asked, answered, received, sent, error = map(str.encode, blocks)
    request = FORMAT.read_request(asked)
    assert len(FORMAT.read_conversation(request).messages) == 4
    assert FORMAT.write_answer(LLMAnswer("For which day?"), request, STAMP) == answered
    chat = replace(CHAT.read_request(received), session="call-7")
    assert Translation(CHAT, FORMAT, STAMP).write_request(chat, model="", settings={}) == sent
    own = FORMAT.write_error(
        status=504, code="upstream_timeout", message="The endpoint took too long."
    )
    assert own == error


def test_bounds_and_settings_of_its_page_are_those_of_the_code() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats" / "vexyl-chat.md").read_text()
    for place in PLACES:
        assert f"`{place}`" in page
    for setting in FORMAT.settings:
        assert f"| `{setting.name}` |" in page
    assert f"first {TEXT_LIMIT // 1024} KiB" in page
    assert SILENCE.strip("()") in " ".join(page.split())
