"""Recorded messages of transcriber endpoints, one in each line."""

from pathlib import Path

from wire.events import TranscriberEvent
from wire.registry import format_named
from wire.transcriber.base import EndpointSide
from wire.transcriber.opening import Opening
from wire.transcriber.utterances import Utterances

CORPUS = Path(__file__).parents[1] / "corpus"


def messages(wire_format: str, name: str) -> list[bytes]:
    return (CORPUS / wire_format / f"{name}.jsonl").read_bytes().splitlines()


def side_of(wire_format: str) -> EndpointSide:
    return format_named("transcriber", wire_format).endpoint_side(Opening(), model="")


def heard(
    side: EndpointSide, wire_format: str, name: str, *, awaited: bool = False
) -> list[TranscriberEvent]:
    """What a recorded session says, as a caller of another format is told it; every message must
    be known.
    """
    utterances = Utterances(ends=side.ends_utterances)
    utterances.awaited = awaited
    told: list[TranscriberEvent] = []
    for text in messages(wire_format, name):
        events = side.hear(text)
        assert events is not None, text
        told += utterances.feed(events)
    return told + utterances.feed(side.ended())
