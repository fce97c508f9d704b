"""The docs' page of what each pair of LLM formats loses, made from their capabilities.

`python -m wire.matrix > ../docs/formats/matrix.md`, from this folder's parent, writes it anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields

from wire.capabilities import LLMCapabilities, lost
from wire.llm.base import LLMEgress, PassThrough
from wire.registry import formats_of, hosted_formats

_TOP = """# What is lost between formats

When the caller's format and the endpoint's are the same, nothing is: the bytes pass unchanged, as
they do where the endpoint's format is only another way to ask for the same bytes. Else the request
and the answer are translated, and what only one of the two formats can carry is lost. This page is
made from what the formats declare.
"""


def losses(ingress: str, egress: str) -> list[str]:
    """What callers of one LLM format lose at an endpoint of another, in words."""
    formats = _llm_formats()
    far = formats[egress]
    if isinstance(far, PassThrough) and far.shape == ingress:
        return []
    return list(lost(formats[ingress].capabilities, far.capabilities).values())


def page() -> str:
    formats, hosted = _llm_formats(), hosted_formats("llm")
    names = [f"`{name}`" for name in formats]
    carried = [
        ("callers can speak it", *("yes" if name in hosted else "" for name in formats)),
        *_features(formats.values()),
    ]
    pairs = [
        (f"`{near}`", f"`{far}`", "; ".join(losses(near, far)) or "nothing")
        for near in hosted
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


def _features(formats: Iterable[LLMEgress]) -> list[tuple[str, ...]]:
    formats = list(formats)
    return [
        (feature.metadata["words"], *_marks(feature.name, formats))
        for feature in fields(LLMCapabilities)
    ]


def _llm_formats() -> Mapping[str, LLMEgress]:
    found = formats_of("llm")
    return {name: wire for name, wire in found.items() if isinstance(wire, LLMEgress)}


def _marks(feature: str, formats: Iterable[LLMEgress]) -> list[str]:
    return ["yes" if getattr(wire.capabilities, feature) else "" for wire in formats]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = (head, ("---",) * len(head), *rows)
    return [f"| {' | '.join(cells)} |" for cells in lines]


if __name__ == "__main__":
    print(page())  # noqa: T201 - its one purpose
