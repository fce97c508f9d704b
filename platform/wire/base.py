"""What every wire format is, whatever its channel."""

from abc import ABC
from typing import ClassVar

from wire.settings import Setting


class WireFormat(ABC):
    """`name` is the value in the database and in URLs of the API; it never changes.

    `scheme` is how an endpoint of this format is reached: `https` or `wss`.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    channel: ClassVar[str]
    scheme: ClassVar[str] = "https"
    settings: ClassVar[tuple[Setting, ...]] = ()
