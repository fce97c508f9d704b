"""The page of what each pair of formats loses is made from their capabilities."""

import runpy
import warnings
from pathlib import Path

import pytest

from wire.matrix import losses, page, pairs
from wire.registry import formats_of, hosted_formats

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "matrix.md"


def test_page_is_what_the_formats_declare() -> None:
    assert PAGE.read_text() == page() + "\n", "write it anew, as wire/matrix.py says"


def test_program_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the module is imported already
        runpy.run_module("wire.matrix", run_name="__main__")
    assert capsys.readouterr().out == page() + "\n"


@pytest.mark.parametrize("channel", ["llm", "voice", "transcriber"])
def test_every_pair_is_on_the_page(channel: str) -> None:
    formats = formats_of(channel)
    for near in formats:
        for far in formats:
            differ = near != far and near in hosted_formats(channel)
            assert (f"\n| `{near}` | `{far}` |" in page()) is differ
            assert ((near, far) in pairs(channel)) is differ


def test_no_cell_ends_in_the_middle_of_brackets() -> None:
    for cell in page().replace("\n", "|").split("|"):
        assert cell.count("(") == cell.count(")"), cell


def test_losses_are_told_in_words() -> None:
    assert "log probabilities" not in losses("anthropic-messages", "openai-chat")
    assert "several answers to one request" in losses("openai-chat", "anthropic-messages")
    assert losses("openai-chat", "openai-chat") == []
    found = losses("rymi-tts", "openai-speech", "voice")
    assert found == ["the language of the text", "reported tokens"]
    found = losses("deepgram-listen", "rymi-stt", "transcriber")
    assert "other parameters of its URL, such as `keyterm`" in found
