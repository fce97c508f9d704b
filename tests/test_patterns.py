"""Regular expressions that Debian 12's Python 3.11.2 gets wrong are not used.

It errs with possessive quantifiers and atomic groups (fixed in 3.11.5); suites on newer ones pass.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("platform", "tenants", "endpoints", "examples", "benchmarks")
_NEW = re.compile(r"\(\?>|(?<!\\)[*+?}]\+")
_CLASS = re.compile(r"(?<!\\)\[\^?\]?(?:\\.|[^\]\\])*\]")


def patterns(source: str) -> Iterator[str]:
    """What is given to `re`, where it stands there as a text."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
        ):
            for each in node.args:
                if isinstance(each, ast.Constant) and isinstance(each.value, str | bytes):
                    value = each.value
                    yield value.decode("latin-1") if isinstance(value, bytes) else value


def is_risky(pattern: str) -> bool:
    return bool(_NEW.search(_CLASS.sub("x", pattern)))


@pytest.mark.parametrize("pattern", [r"a*+", r"(?>a|b)", r"(?:a)?+b", r"[a]{2}+", r"x++"])
def test_a_risky_pattern_is_known(pattern: str) -> None:
    assert is_risky(next(patterns(f"import re\nre.compile(rb{pattern!r})")))


def test_no_pattern_is_risky() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {pattern}"
        for folder in SOURCES
        for path in sorted((ROOT / folder).rglob("*.py"))
        for pattern in patterns(path.read_text())
        if is_risky(pattern)
    }
    assert not found
