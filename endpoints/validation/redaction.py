"""An endpoint's secrets, blotted out of whatever is kept or shown of an exchange."""

import json
from collections.abc import Callable
from urllib.parse import quote

from dispatch.endpoint import EndpointSnapshot

MARKS = ("$TOKEN", "$QUERY")
WORDS_SHOWN = 100
_KEY_SIZE = 8  # shorter values are words and numbers

Redact = Callable[[str], str]


class Redactor:
    """Blots an endpoint's secrets out of text, in the spellings in which they may be echoed."""

    def __init__(self, endpoint: EndpointSnapshot) -> None:
        self._marks: list[tuple[str, str]] = []
        for secret in endpoint.auth_secrets.values():
            self._add(secret.reveal(), "$TOKEN")
        for url in endpoint.urls:
            query = url.partition("?")[2]
            self._add(query, "$QUERY")
            for parameter in query.split("&"):
                self._add_parameter(parameter)

    def _add_parameter(self, parameter: str) -> None:
        """A wire format may change the query, and servers quote a key without its name."""
        self._add(parameter, "$QUERY")
        value = parameter.partition("=")[2]
        if len(value) >= _KEY_SIZE:
            self._add(value, "$QUERY")

    def _add(self, text: str, mark: str) -> None:
        spellings = {text, json.dumps(text)[1:-1], quote(text, safe="")}
        self._marks += [(spelling, mark) for spelling in spellings if spelling]
        self._marks.sort(key=lambda pair: -len(pair[0]))

    def __call__(self, text: str) -> str:
        for secret, mark in self._marks:
            text = text.replace(secret, mark)
        return text


def quoted(text: str, redact: Redact) -> str:
    """An endpoint's own words for a sentence of ours: short, on one line, without its secrets."""
    plain = "".join(each if each.isprintable() else " " for each in redact(text))
    shown = " ".join(plain.replace("`", "'").split())
    return f"«{shown}»" if len(shown) <= WORDS_SHOWN else f"«{shown[:WORDS_SHOWN]}…»"
