"""The retell-llm format as a whole."""

import json
import re
from pathlib import Path

from wire.events import Text
from wire.llm.base import LLMAnswer, Stamp
from wire.llm.retell_llm import RetellLLM
from wire.llm.translation import Translation
from wire.registry import format_named, hosted_format
from wire.retell.conversations import OPENING, REMINDER
from wire.retell.frames import APOLOGY
from wire.retell.session import DETAILS_LIMIT

FORMAT = RetellLLM()
CHAT = format_named("llm", "openai-chat")
ASK = {
    "interaction_type": "response_required", "response_id": 1,
    "transcript": [{"role": "user", "content": "Hi"}],
}  # fmt: skip
ASKED = FORMAT.read_request(json.dumps(ASK).encode())


def test_format_is_found_by_its_name_and_is_for_callers_only() -> None:
    found = hosted_format("llm", "retell-llm")
    assert isinstance(found, RetellLLM)
    assert (found.label, found.hosted) == ("Retell custom LLM", "/llm-websocket")
    assert not found.for_endpoints
    assert found.scheme == "wss"


def test_turn_goes_to_an_endpoint_and_its_stream_comes_back_as_messages() -> None:
    passage = Translation(FORMAT, CHAT, Stamp("1", 0))
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


def test_messages_of_its_page_are_those_that_are_sent() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats" / "retell-llm.md").read_text()
    opening, apology = re.findall(r"```text\n(.*?)\n```", page, re.DOTALL)
    assert opening.encode() == b"\n".join(FORMAT.session("c1").opening())
    assert apology == APOLOGY
    words = " ".join(page.split())
    assert REMINDER in words
    assert OPENING in words
    assert f"{DETAILS_LIMIT // 1024} KiB" in words
