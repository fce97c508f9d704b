"""Every wire format is whole: its page, its tests and recordings, its shapes, its rows in the docs.

What a format must have follows from what its class declares: one that callers speak has a hosted
URL, too.
"""

import json
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.shapes import llm, transcriber, voice
from wire.base import HostedFormat, WireFormat
from wire.registry import CHANNELS, formats_of
from wire.settings import setting_errors

ROOT = Path(__file__).resolve().parents[1]
ALL = [wire for channel in CHANNELS for wire in formats_of(channel).values()]
every_format = pytest.mark.parametrize("wire", ALL, ids=lambda wire: wire.name)

CALLERS: dict[str, Collection[str]] = {
    "llm": llm.CALLERS,
    "voice": {*voice.STREAMERS, *(name.partition(" ")[0] for name in voice.CALLERS)},
    "transcriber": transcriber.CALLERS,
}
ENDPOINTS: dict[str, Collection[str]] = {
    "llm": llm.SHAPES,
    "voice": {*voice.SPEAKERS, *voice.SERVERS},
    "transcriber": transcriber.SERVERS,
}


@dataclass(frozen=True)
class Tree:
    """Where the files are, and which formats the pairs are run with, by channel."""

    root: Path = ROOT
    callers: Collection[str] = frozenset().union(*CALLERS.values())
    endpoints: Collection[str] = frozenset().union(*ENDPOINTS.values())

    def read(self, path: str) -> str:
        file = self.root / path
        return file.read_text() if file.is_file() else ""


def lacks(wire: WireFormat, tree: Tree) -> list[str]:
    """What the format ought to have and has not."""
    wanted = [*_of_all(wire, tree), *_of_endpoints(wire, tree)]
    if isinstance(wire, HostedFormat):
        wanted += _of_callers(wire, tree)
    return [what for what, there in wanted if not there]


Wanted = Iterator[tuple[str, bool]]


def _of_all(wire: WireFormat, tree: Tree) -> Wanted:
    page = _page(wire, tree)
    yield "a test file", bool(tree.read(_test_file(wire)))
    yield "recordings", any((tree.root / _recordings(wire)).glob("*.*"))
    yield "a page", page.startswith(f"# {wire.label} (`{wire.name}`)\n")
    yield "what is lost", bool(re.search(r"^## .*[Ww]hat is lost", page, re.MULTILINE))
    rows = [f"| `{one.name}` |" in page for one in wire.settings]
    yield "its settings", all(rows)
    columns = re.findall(r"^\| feature \| (.+) \|$", _matrix(tree), re.MULTILINE)
    yield "a column in the matrix", any(f"`{wire.name}`" in names for names in columns)


def _of_callers(wire: HostedFormat, tree: Tree) -> Wanted:
    page = _page(wire, tree)
    url = rf"/a/agt_…(/t/pb_live_…)?{re.escape(wire.hosted)}(?!\w)"
    yield "its hosted URL to copy", bool(re.search(url, page))
    table = tree.read("docs/hosted-urls.md")
    begun = [*wire.paths, *wire.streaming_paths, *(f"{one}/{{call_id}}" for one in wire.call_paths)]
    yield "its hosted paths", all(re.search(rf"` ?\w* ?{re.escape(one)}`", table) for one in begun)
    yield "a caller's shape", wire.name in tree.callers
    yield "rows in the matrix, by callers", f"\n| `{wire.name}` | `" in _matrix(tree)


def _of_endpoints(wire: WireFormat, tree: Tree) -> Wanted:
    page = _page(wire, tree)
    yield "an endpoint to copy", any(body["wire_format"] == wire.name for body in copied(page))
    server = page.partition("\n## A minimal server\n")[2].partition("\n## ")[0]
    there = "```python\n" in server or bool(re.search(r"\]\([a-z-]+\.md\)", server))
    yield "a minimal server", there
    yield "an endpoint's shape", wire.name in tree.endpoints
    yield "rows in the matrix, by endpoints", f"` | `{wire.name}` | " in _matrix(tree)


def _page(wire: WireFormat, tree: Tree) -> str:
    return tree.read(_page_file(wire))


def _matrix(tree: Tree) -> str:
    return tree.read("docs/formats/matrix.md")


def _page_file(wire: WireFormat) -> str:
    return f"docs/formats/{wire.name}.md"


def _test_file(wire: WireFormat) -> str:
    return f"tests/wire/{wire.channel}/test_{wire.name.replace('-', '_')}.py"


def _recordings(wire: WireFormat) -> str:
    return f"tests/wire/corpus/{wire.name}"


def _blocks(page: str) -> list[tuple[str, str]]:
    """Language and text of what can be copied."""
    return re.findall(r"^```(\w+)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def copied(page: str) -> list[dict[str, Any]]:
    """Endpoints as the REST API takes them."""
    found = [
        body if language == "json" else body.partition("-d '")[2].rpartition("'")[0]
        for language, body in _blocks(page)
        if '"wire_format"' in body and language in ("json", "sh")
    ]
    return [json.loads(each) for each in found]


@every_format
def test_every_format_is_whole(wire: WireFormat) -> None:
    assert lacks(wire, Tree()) == []


@every_format
def test_endpoints_on_its_page_are_of_its_kind(wire: WireFormat) -> None:
    for body in copied(_page(wire, Tree())):
        assert (body["channel"], body["wire_format"]) == (wire.channel, wire.name)
        assert body["url"].startswith(f"{wire.scheme}://")
        assert setting_errors(wire.settings, body.get("settings", {})) == {}
        assert body["auth"]["type"] in ("bearer", "header")


def test_formats_are_modules_of_their_names() -> None:
    for wire in ALL:
        module = wire.name.replace("-", "_")
        assert type(wire).__module__ == f"wire.{wire.channel}.{module}"


def test_only_formats_have_pages_recordings_and_shapes() -> None:
    names = {wire.name for wire in ALL}
    assert {path.stem for path in (ROOT / "docs" / "formats").glob("*.md")} - {"matrix"} <= names
    folders = {path.name for path in (ROOT / "tests/wire/corpus").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} <= names
    assert {*Tree().callers, *Tree().endpoints} <= names


# -- and were one of these things gone, it would be told

Spoil = Callable[[WireFormat, Tree], Tree]


def _without_file(path: Callable[[WireFormat], str]) -> Spoil:
    def spoil(wire: WireFormat, tree: Tree) -> Tree:
        file = tree.root / path(wire)
        shutil.rmtree(file) if file.is_dir() else file.unlink()
        return tree

    return spoil


def _without_words(pattern: str, path: Callable[[WireFormat], str] = _page_file) -> Spoil:
    """`{name}`, `{hosted}` and `{setting}` (its first) in the pattern are the format's."""

    def spoil(wire: WireFormat, tree: Tree) -> Tree:
        file = tree.root / path(wire)
        hosted = getattr(wire, "hosted", "")
        setting = wire.settings[0].name if wire.settings else ""
        own = pattern.format(name=wire.name, hosted=re.escape(hosted), setting=setting)
        text, count = re.subn(own, "gone", file.read_text())
        assert count, f"{own} is not in {path(wire)}"
        file.write_text(text)
        return tree

    return spoil


def _without_shape(kind: str) -> Spoil:
    def spoil(wire: WireFormat, tree: Tree) -> Tree:
        left = {name for name in getattr(tree, kind) if name != wire.name}
        kept = {"callers": tree.callers, "endpoints": tree.endpoints, kind: left}
        return Tree(tree.root, **kept)

    return spoil


def _matrix_file(wire: WireFormat) -> str:
    return "docs/formats/matrix.md"


SPOILT: dict[str, Spoil] = {
    "a test file": _without_file(_test_file),
    "recordings": _without_file(_recordings),
    "a page": _without_file(_page_file),
    "what is lost": _without_words(r"(?m)^## .*[Ww]hat is lost"),
    "its settings": _without_words(r"(?m)^\| `{setting}` \|"),
    "a column in the matrix": _without_words(r"(?m)(?<=^\| feature \| ).*`{name}`.*", _matrix_file),
    "its hosted URL to copy": _without_words(r"agt_…(?:/t/pb_live_…)?{hosted}"),
    "its hosted paths": _without_words(r"`\w+ {hosted}.*`", lambda wire: "docs/hosted-urls.md"),
    "a caller's shape": _without_shape("callers"),
    "rows in the matrix, by callers": _without_words(r"(?m)^\| `{name}` \|", _matrix_file),
    "an endpoint to copy": _without_words('"wire_format":"{name}"'),
    "a minimal server": _without_words(r"\n## A minimal server\n"),
    "an endpoint's shape": _without_shape("endpoints"),
    "rows in the matrix, by endpoints": _without_words(r"` \| `{name}` \| ", _matrix_file),
}


@every_format
def test_a_format_that_lacks_one_thing_is_told_of(wire: WireFormat, tmp_path: Path) -> None:
    wanted = {what for of in (_of_all, _of_endpoints) for what, _ in of(wire, Tree())}
    if isinstance(wire, HostedFormat):
        wanted |= {what for what, _ in _of_callers(wire, Tree())}
    assert wanted <= SPOILT.keys()
    for what in wanted if wire.settings else wanted - {"its settings"}:
        tree = _copy(wire, tmp_path / what)
        assert lacks(wire, tree) == []
        assert what in lacks(wire, SPOILT[what](wire, tree))


def _copy(wire: WireFormat, root: Path) -> Tree:
    for folder in ("docs/formats", _recordings(wire)):
        shutil.copytree(ROOT / folder, root / folder)
    for file in ("docs/hosted-urls.md", _test_file(wire)):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, root / file)
    return Tree(root)
