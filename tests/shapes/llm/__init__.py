"""The shapes of LLM formats, found in their modules: `SHAPE`, and `Caller`, a class, of one whose
callers hold a socket.
"""

from tests.shapes.llm.shape import Shape
from tests.shapes.registry import declared
from wire.llm.base import PassThrough
from wire.registry import format_named

SHAPES = declared(__name__, "SHAPE", Shape)
CALLERS = {
    *(name for name, shape in SHAPES.items() if shape.asked),
    *declared(__name__, "Caller", type),
}


def _streams_by_itself(name: str) -> bool:
    wire = format_named("llm", name)
    borrowed = isinstance(wire, PassThrough) and wire.shape != name
    return wire.scheme == "https" and wire.capabilities.streaming and not borrowed


STREAMING = {name: shape for name, shape in SHAPES.items() if _streams_by_itself(name)}
"""What SDKs are run against: the others pass another's bytes through, or have no such streams."""
