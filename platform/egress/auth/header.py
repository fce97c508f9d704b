"""A header with a chosen name, such as `x-api-key`."""

import re
from collections.abc import Mapping

from egress.auth.base import MAX_SECRET, AuthField, AuthType
from egress.head import OWN_HEADERS

# Headers that carry the message or its route: a credential there would change what is sent.
FORBIDDEN = OWN_HEADERS | {
    "accept", "content-encoding", "content-type", "cookie", "cookie2", "date", "forwarded",
    "host", "origin", "referer", "set-cookie", "user-agent", "via", "x-request-id",
}  # fmt: skip
_FORBIDDEN_STARTS = ("content-", "proxy-", "sec-", "x-forwarded-", "x-patchbay-")

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


class HeaderAuth(AuthType):
    name = "header"
    label = "Header"
    fields = (AuthField("header", "Header name", "For example `x-api-key`."),)
    secret_fields = (AuthField("value", "Value", "Sent as it stands, after the header's name."),)

    def problem(self, name: str, value: str) -> str:
        if name == "value":
            # Unlike a token, a value may hold inner spaces: `Token abc`, `ApiKey id:secret`.
            spaced = len(value) <= MAX_SECRET and _VALUE.fullmatch(value)
            return "" if spaced else super().problem(name, value)
        lower = value.lower()
        if not _NAME.fullmatch(value):
            return "A header name holds only letters, digits and hyphens."
        if lower in FORBIDDEN or lower.startswith(_FORBIDDEN_STARTS):
            return "This header is not for credentials. Choose another, such as x-api-key."
        return ""

    def headers(
        self, fields: Mapping[str, str], secrets: Mapping[str, str]
    ) -> tuple[tuple[str, str], ...]:
        return ((fields["header"].lower(), secrets["value"]),)
