"""`Authorization: Bearer …`, as RFC 6750 and every OpenAI-compatible server know it."""

from collections.abc import Mapping

from egress.auth.base import AuthField, AuthType


class BearerAuth(AuthType):
    name = "bearer"
    label = "Bearer token"
    secret_fields = (
        AuthField("token", "Token", "Sent as `Authorization: Bearer …`; leave `Bearer` out."),
    )

    def problem(self, name: str, value: str) -> str:
        if value.lower().startswith("bearer "):
            return "Leave the word Bearer out; it is added for you."
        return super().problem(name, value)

    def headers(
        self, fields: Mapping[str, str], secrets: Mapping[str, str]
    ) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {secrets['token']}"),)
