"""A value that must not be seen: it hides itself wherever values are usually shown."""

import hmac
from typing import Any, NoReturn, Self

from vault.registry import KNOWN


class Secret:
    """Wraps a secret text; `repr`, `str` and `format` show the last four characters only.

    It cannot be pickled or encoded as JSON, and a copy of it is itself. `reveal()` is the one way
    to the text; whatever was wrapped or revealed is blotted out of logs (`vault.redaction`).
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        KNOWN.add(text)

    def reveal(self) -> str:
        KNOWN.add(self._text)
        return self._text

    @property
    def last4(self) -> str:
        """The last four characters; empty for a text so short that they would give it away."""
        return self._text[-4:] if len(self._text) >= 12 else ""

    def __repr__(self) -> str:
        return f"***{self.last4}"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.reveal().encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a Secret does not leave its process")
