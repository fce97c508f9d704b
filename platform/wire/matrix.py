"""The docs' page of what each pair of LLM formats loses, made from their capabilities.

`python -m wire.matrix > ../docs/formats/matrix.md`, from this folder's parent, writes it anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields

from wire.capabilities import LLMCapabilities, lost
from wire.llm.base import LLMFormat
from wire.registry import formats_of

_TOP = """# What is lost between formats

When the caller's format and the endpoint's are the same, nothing is: the bytes pass unchanged. Else
the request and the answer are translated, and what only one of the two formats can carry is lost.
This page is made from what the formats declare.
"""


def losses(ingress: str, egress: str) -> list[str]:
    """What callers of one LLM format lose at an endpoint of another, in words."""
    formats = _llm_formats()
    return list(lost(formats[ingress].capabilities, formats[egress].capabilities).values())


def page() -> str:
    formats = _llm_formats()
    names = [f"`{name}`" for name in formats]
    carried = [
        (feature.metadata["words"], *_marks(feature.name, formats.values()))
        for feature in fields(LLMCapabilities)
    ]
    pairs = [
        (f"`{near}`", f"`{far}`", "; ".join(losses(near, far)) or "nothing")
        for near in formats
        for far in formats
        if near != far
    ]
    return "\n".join(
        [
            _TOP,
            "## What each format can carry\n",
            *_table(("feature", *names), carried),
            "\n## What each pair loses\n",
            *_table(("callers speak", "the endpoint speaks", "lost"), pairs),
        ]
    )


def _llm_formats() -> Mapping[str, LLMFormat]:
    found = formats_of("llm")
    return {name: wire for name, wire in found.items() if isinstance(wire, LLMFormat)}


def _marks(feature: str, formats: Iterable[LLMFormat]) -> list[str]:
    return ["yes" if getattr(wire.capabilities, feature) else "" for wire in formats]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = (head, ("---",) * len(head), *rows)
    return [f"| {' | '.join(cells)} |" for cells in lines]


if __name__ == "__main__":
    print(page())  # noqa: T201 - its one purpose
