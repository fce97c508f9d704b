"""The docs' page of what each pair of formats loses, made from their capabilities.

`python -m wire.matrix > ../docs/formats/matrix.md`, from this folder's parent, writes it anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from wire.base import WireFormat
from wire.capabilities import lost
from wire.llm.base import PassThrough
from wire.registry import CHANNELS, formats_of, hosted_formats

_TOP = """# What is lost between formats

When the caller's format and the endpoint's are the same, nothing is: the bytes pass unchanged, as
they do where the endpoint's format is only another way to ask for the same bytes. Else the request
and the answer are translated, and what only one of the two formats can carry is lost. This page is
made from what the formats declare.
"""
_TITLES = {"llm": "LLM", "voice": "Voice", "transcriber": "Transcriber"}


def losses(ingress: str, egress: str, channel: str = "llm") -> list[str]:
    """What callers of one format lose at an endpoint of another, in words."""
    formats = _declared(channel)
    far = formats[egress]
    if isinstance(far, PassThrough) and far.shape == ingress:
        return []
    return list(lost(_carried(formats[ingress]), _carried(far)).values())


def pairs(channel: str) -> list[tuple[str, str]]:
    """The formats of callers and endpoints that are not the same."""
    formats = _declared(channel)
    return [(near, far) for near in formats for far in formats
            if near in hosted_formats(channel) and near != far]  # fmt: skip


def page() -> str:
    sections = [_section(channel) for channel in CHANNELS if len(_declared(channel)) > 1]
    return "\n\n".join([_TOP.rstrip(), *sections])


def _section(channel: str) -> str:
    formats = _declared(channel)
    names = [f"`{name}`" for name in formats]
    hosted = hosted_formats(channel)
    features = [
        ("callers can speak it", *("yes" if name in hosted else "" for name in formats)),
        *(
            (feature.metadata["words"].partition(":")[0], *_marks(feature.name, formats.values()))
            for feature in fields(_carried(next(iter(formats.values()))))
        ),
    ]
    lost_between = [
        (f"`{near}`", f"`{far}`", "; ".join(losses(near, far, channel)) or "nothing")
        for near, far in pairs(channel)
    ]
    return "\n".join(
        [
            f"## {_TITLES[channel]}\n",
            "What each format can carry:\n",
            *table(("feature", *names), features),
            "\nWhat each pair loses:\n",
            *table(("callers speak", "the endpoint speaks", "lost"), lost_between),
        ]
    )


def _declared(channel: str) -> Mapping[str, WireFormat]:
    """The formats of a channel that say what they can carry."""
    found = formats_of(channel)
    return {name: wire for name, wire in found.items() if _carried(wire) is not None}


def _carried(wire: WireFormat) -> Any:
    return getattr(wire, "capabilities", None)


def _marks(feature: str, formats: Iterable[WireFormat]) -> list[str]:
    return ["yes" if getattr(_carried(wire), feature) else "" for wire in formats]


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """The lines of a table."""
    lines = (head, ("---",) * len(head), *rows)
    return [f"| {' | '.join(cells)} |" for cells in lines]


if __name__ == "__main__":
    print(page())  # noqa: T201 - its one purpose
