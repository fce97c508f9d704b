"""The azure-openai format as a whole: OpenAI's bytes at Azure's URLs."""

import re
from pathlib import Path

import pytest

from tests.wire.corpus import Case, cases, meaning
from tests.wire.corpus.meaning import check_meaning, cuts
from wire.llm.azure_openai import AzureOpenAI
from wire.llm.base import LLMRequest
from wire.registry import format_named, hosted_format, hosted_formats

FORMAT = AzureOpenAI()
CHAT = hosted_format("llm", "openai-chat")
every_case = pytest.mark.parametrize("case", cases("azure-openai"), ids=lambda case: case.name)


@every_case
def test_reader_gives_the_same_meaning_however_the_stream_is_cut(case: Case) -> None:
    for pieces in cuts(case.body):
        check_meaning(case, meaning.events(FORMAT, pieces))


@every_case
def test_callers_of_openais_shape_get_the_bytes_without_what_they_did_not_ask_for(
    case: Case,
) -> None:
    request = CHAT.read_request(b'{"messages":[],"stream":true}')
    for pieces in cuts(case.body):
        assert meaning.relayed(FORMAT.relay(request, {}), pieces)[0] == case.shown


def test_format_is_found_by_its_name_and_has_the_bytes_of_openais_callers() -> None:
    assert isinstance(format_named("llm", "azure-openai"), AzureOpenAI)
    assert "azure-openai" not in hosted_formats("llm")
    assert FORMAT.shape == "openai-chat"


def test_deployment_is_the_endpoints_model_or_the_callers() -> None:
    asked = LLMRequest("openai-chat", "theirs", True, False, None, {})
    target = "https://res.openai.azure.com?api-version=1"
    begin, end = "https://res.openai.azure.com/openai/deployments", "chat/completions?api-version=1"
    assert FORMAT.url(target, asked, model="m", settings={}) == f"{begin}/m/{end}"
    assert FORMAT.url(target, asked, model="", settings={}) == f"{begin}/theirs/{end}"


def test_urls_of_its_page_are_what_is_really_called() -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats" / "azure-openai.md").read_text()
    rows = re.findall(r"^\| `(https:[^`]+)` \| `(https:[^`]+)` \|$", page, re.MULTILINE)
    asked = LLMRequest("openai-chat", None, True, False, None, {})
    assert len(rows) == 5
    for target, called in rows:
        assert FORMAT.url(target, asked, model="gpt-4o-voice", settings={}) == called
