"""The pages that newcomers read name what is there, and nothing that is not."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from config.demo_endpoints import references

ROOT = Path(__file__).resolve().parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
MAP = CONTRIBUTING.split("## Where things are\n")[1].split("```")[1]


def _packages() -> list[str]:
    platform = [path.parent.name for path in (ROOT / "platform").glob("*/__init__.py")]
    top = [path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."]
    return sorted(platform + [name for name in top if name not in ("platform", "var")])


@pytest.mark.parametrize("name", _packages())
def test_the_map_has_every_folder(name: str) -> None:
    assert re.search(rf"^ *{name}/ ", MAP, re.MULTILINE), f"CONTRIBUTING.md's map lacks {name}/"


def test_the_map_has_no_folder_that_is_gone() -> None:
    named = re.findall(r"^( *)(\w+)/ ", MAP, re.MULTILINE)
    for indent, name in named:
        assert (ROOT / "platform" / name if indent else ROOT / name).is_dir(), name


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_verb_that_is_named_exists(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    for verb in re.findall(r"(?:^|`)make (\w+)", (ROOT / page).read_text(), re.MULTILINE):
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE), f"{page} names make {verb}"


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_every_local_link_leads_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text()):
        if "://" not in link:
            assert (ROOT / link).exists(), f"{page} links to {link}"


def test_a_command_can_be_copied_from_every_page_into_a_clone() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        if page.name != "CHANGELOG.md":
            commands = re.findall(r"(.{0,17})manage\.py [a-z_]", page.read_text())
            assert all(each == ".venv/bin/python " for each in commands), (page.name, commands)


def test_the_ports_of_the_demos_endpoints_are_named() -> None:
    for reference in references().values():
        for page in ("README.md", "docs/operations.md"):
            assert f"+ {reference.offset}" in (ROOT / page).read_text()


def test_every_page_is_in_the_index() -> None:
    docs = ROOT / "docs"
    listed = (docs / "index.md").read_text().splitlines()
    for path in docs.rglob("*.md"):
        name = str(path.relative_to(docs).with_suffix(""))
        if name != "index" and not name.startswith("_build"):
            assert any(fnmatch(name, line) for line in listed), f"index lacks {name}"
