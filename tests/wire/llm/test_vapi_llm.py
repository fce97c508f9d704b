"""The vapi-llm format as a whole: OpenAI's bytes, with what Vapi says of its call."""

import json
import re
from pathlib import Path

import pytest

from tests.wire.corpus import Case, cases, meaning
from tests.wire.corpus.meaning import check_meaning, cuts
from wire.llm.base import LLMRequest
from wire.llm.vapi_llm import VapiLLM
from wire.registry import format_named, hosted_format, hosted_formats

FORMAT = VapiLLM()
CHAT = hosted_format("llm", "openai-chat")
every_case = pytest.mark.parametrize("case", cases("vapi-llm"), ids=lambda case: case.name)


@every_case
def test_reader_gives_the_same_meaning_however_the_stream_is_cut(case: Case) -> None:
    for pieces in cuts(case.body):
        check_meaning(case, meaning.events(FORMAT, pieces))


@every_case
def test_vapi_gets_the_very_bytes_marks_and_all(case: Case) -> None:
    request = CHAT.read_request(b'{"messages":[],"stream":true}')
    for pieces in cuts(case.body):
        assert meaning.relayed(FORMAT.relay(request, {}), pieces)[0] == case.shown


def test_format_is_found_by_its_name_and_has_the_bytes_of_openais_callers() -> None:
    assert isinstance(format_named("llm", "vapi-llm"), VapiLLM)
    assert "vapi-llm" not in hosted_formats("llm")
    assert FORMAT.shape == "openai-chat"


def test_path_is_put_behind_the_base() -> None:
    asked = LLMRequest("openai-chat", None, True, False, None, {})
    target = "https://llm.example.com/v1"
    assert FORMAT.url(target, asked, model="m", settings={}) == f"{target}/chat/completions"


def test_whole_answer_of_other_callers_has_no_marks() -> None:
    body = b'{"choices":[{"message":{"content":"One.<flush />Two."},"finish_reason":"stop"}]}'
    assert meaning.texts(FORMAT.read_answer(body)) == {"0": "One.Two."}


def test_example_of_its_page_is_what_really_happens() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats" / "vapi-llm.md").read_text()
    received, variable, destructured, off = re.findall(r"```json\n(.*?)\n```", page, re.DOTALL)
    request = CHAT.read_request(received.encode())
    for mode, sent in (("variable", variable), ("destructured", destructured), ("off", off)):
        written = FORMAT.write_request(request, model="house-7b", settings={"metadata": mode})
        assert json.loads(written) == json.loads(sent)
