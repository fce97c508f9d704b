"""Wire formats are found by their files."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from wire import registry
from wire.base import HostedFormat
from wire.registry import (
    UnknownFormat,
    collect,
    format_named,
    formats_of,
    hosted_format,
    hosted_formats,
)

ONE = """
from wire.base import WireFormat
from wire.llm.base import LLMFormat
class _Hidden(WireFormat):
    name = "hidden"
class {cls}(WireFormat):
    name = {name!r}
    label = "Label of {name}"
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "made_up_formats"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith("made_up_formats")]:
        del sys.modules[name]


def test_each_file_gives_its_one_public_format(package: Path) -> None:
    (package / "one.py").write_text(ONE.format(cls="One", name="one"))
    (package / "two.py").write_text(ONE.format(cls="Two", name="two"))
    (package / "shared.py").write_text("LIMIT = 3\n")
    found = collect(import_module("made_up_formats"))
    assert {name: cls.__name__ for name, cls in found.items()} == {"one": "One", "two": "Two"}


def test_a_name_used_by_two_files_is_an_error(package: Path) -> None:
    (package / "one.py").write_text(ONE.format(cls="One", name="same"))
    (package / "two.py").write_text(ONE.format(cls="Two", name="same"))
    with pytest.raises(TypeError, match="Two and One: same name"):
        collect(import_module("made_up_formats"))


def test_two_public_formats_in_a_file_are_an_error(package: Path) -> None:
    text = ONE.format(cls="One", name="one") + ONE.format(cls="Two", name="two")
    (package / "one.py").write_text(text)
    with pytest.raises(TypeError, match="more than one wire format"):
        collect(import_module("made_up_formats"))


def test_unknown_formats_and_channels_are_told_apart_from_known_ones() -> None:
    assert formats_of("smell") == {}
    with pytest.raises(UnknownFormat, match="no wire format 'telepathy' for 'llm'"):
        format_named("llm", "telepathy")


def test_formats_that_only_endpoints_speak_are_not_among_those_of_callers() -> None:
    for channel in registry.CHANNELS:
        hosted = hosted_formats(channel)
        for name, wire in formats_of(channel).items():
            assert (name in hosted) is isinstance(wire, HostedFormat)
            assert hosted.get(name, wire) is wire
    assert hosted_format("llm", "openai-chat") is format_named("llm", "openai-chat")
    with pytest.raises(UnknownFormat, match="callers speak no wire format 'telepathy' for 'llm'"):
        hosted_format("llm", "telepathy")


def test_choices_are_the_names_and_labels_of_every_channel() -> None:
    expected = [
        (name, wire.label) for channel in registry.CHANNELS
        for name, wire in formats_of(channel).items()
    ]  # fmt: skip
    assert registry.wire_choices() == expected
    assert set(registry.wire_choices_of("llm")) <= set(expected)
