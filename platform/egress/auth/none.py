"""No authentication: nothing is added."""

from collections.abc import Mapping

from egress.auth.base import AuthType


class NoAuth(AuthType):
    name = "none"
    label = "None"

    def headers(
        self, fields: Mapping[str, str], secrets: Mapping[str, str]
    ) -> tuple[tuple[str, str], ...]:
        return ()
