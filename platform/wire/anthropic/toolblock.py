"""The block of one tool call, while it is written."""

import msgspec
from msgspec.json import Decoder

_KEPT = 16 * 1024
_OBJECT = Decoder(dict[str, msgspec.Raw])


class ToolBlock:
    """`index` is the block's; `open` until it is stopped.

    Of its arguments 16 KiB are kept, to know when they are whole: no more pieces come then.
    """

    __slots__ = ("_pieces", "_size", "index", "open")

    def __init__(self, index: int) -> None:
        self.index = index
        self.open = True
        self._pieces: list[str] = []
        self._size = 0

    def add(self, arguments: str) -> None:
        self._size += len(arguments)
        if self._size <= _KEPT:
            self._pieces.append(arguments)
        else:
            self._pieces.clear()

    @property
    def whole(self) -> bool:
        """Whether the arguments are a JSON object; false also for longer ones."""
        try:
            _OBJECT.decode("".join(self._pieces))
        except (ValueError, RecursionError):
            return False
        return True
