"""The shapes of transcriber formats, found: `CALLER` and `SERVER`."""

from tests.shapes.registry import declared
from tests.shapes.transcriber.shape import CallerShape, ServerShape

CALLERS = declared(__name__, "CALLER", CallerShape)
SERVERS = declared(__name__, "SERVER", ServerShape)
