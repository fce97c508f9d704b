"""The shapes of voice formats, found in their modules: `CALLER`, its `VARIANTS` and `SERVER`; over
sockets `Streamer` and `Speaker`, which are classes.
"""

from tests.shapes.registry import declared
from tests.shapes.voice.shape import Caller, Server

SERVERS = declared(__name__, "SERVER", Server)
CALLERS = declared(__name__, "CALLER", Caller) | {
    f"{name} {kind}": caller
    for name, variants in declared(__name__, "VARIANTS", dict).items()
    for kind, caller in variants.items()
}
SPEAKERS = declared(__name__, "Speaker", type)
STREAMERS = declared(__name__, "Streamer", type)
