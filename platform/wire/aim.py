"""What a request adds to the URL of its target: the same origin, another path or query."""

from dataclasses import dataclass
from urllib.parse import quote, unquote_plus

from wire.errors import InvalidRequest

_ELSEWHERE = ("", ".", "..")


@dataclass(frozen=True, slots=True)
class Aim:
    """`path` segments are appended where the URL's path ends in `below`. Of the parameters, those
    of `query` must be said; one of `unless` only where the URL does not name it itself.
    """

    below: str = ""
    path: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    unless: tuple[tuple[str, str], ...] = ()

    def at(self, url: str) -> str:
        """What the URL says already stays, byte for byte.

        Raises `InvalidRequest` for a parameter of `query` that it says otherwise, and for a segment
        that would lead elsewhere.
        """
        base, mark, said = url.partition("?")
        named = dict(_pair(part) for part in said.split("&") if part)
        for name, value in self.query:
            if named.get(name, value) != value:
                raise InvalidRequest(f"The endpoint's URL sets `{name}`; leave that out of it.")
        added = [pair for pair in (*self.query, *self.unless) if pair[0] not in named]
        words = [said, *(f"{name}={_quoted(value)}" for name, value in added)]
        query = "&".join(word for word in words if word)
        return self._below(base) + (f"?{query}" if query else mark)

    def _below(self, base: str) -> str:
        if not self.path or not base.rstrip("/").endswith(self.below):
            return base
        if any(part in _ELSEWHERE for part in self.path):
            raise InvalidRequest("It takes a name that can stand in a URL, such as a voice's.")
        return "/".join([base.rstrip("/"), *map(_quoted, self.path)])


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return unquote_plus(name), unquote_plus(value)
