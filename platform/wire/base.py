"""What every wire format is, whatever its channel."""

from abc import ABC, abstractmethod
from typing import ClassVar

from wire.settings import Setting


class WireFormat(ABC):
    """A shape in which endpoints are asked; a `HostedFormat` is one of callers too.

    `name` is the value in the database and in URLs of the API; it never changes. `scheme` is how an
    endpoint of this format is reached: `https` or `wss`.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    channel: ClassVar[str]
    scheme: ClassVar[str] = "https"
    settings: ClassVar[tuple[Setting, ...]] = ()


class HostedFormat(WireFormat):
    """A wire format that callers speak to Patchbay.

    `hosted` is what stands below an agent's base in the URL that they are given (for SDKs: what
    they append their own paths to). `paths` are the suffixes of a hosted URL at which they begin a
    dispatch, by POST, or as a WebSocket where the scheme is `wss`; at `streaming_paths` an answer
    is streamed whether or not that is asked; at `call_paths` the id of a call follows, as one more
    segment. `spoken_errors`: callers are told in words, and with status 200, what goes wrong in a
    call; what they themselves must mend keeps its status.
    """

    hosted: ClassVar[str]
    paths: ClassVar[tuple[str, ...]] = ()
    streaming_paths: ClassVar[tuple[str, ...]] = ()
    call_paths: ClassVar[tuple[str, ...]] = ()
    spoken_errors: ClassVar[bool] = False

    @abstractmethod
    def write_error(
        self, *, status: int, code: str, message: str, param: str | None = None
    ) -> bytes:
        """The body of an HTTP error, in this format's shape."""
