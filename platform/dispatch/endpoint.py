"""An endpoint as a dispatch sees it: frozen, complete, read from no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from egress.http import Clocks
from vault.secret import Secret


@dataclass(frozen=True, slots=True)
class EndpointSnapshot:
    """`auth_fields` are the open fields of the auth type, `auth_secrets` the hidden ones."""

    id: str
    tenant_id: str
    version: int
    channel: str
    wire_format: str
    urls: tuple[str, ...]
    model: str
    clocks: Clocks
    settings: Mapping[str, Any]
    auth_type: str
    auth_fields: Mapping[str, str]
    auth_secrets: Mapping[str, Secret]
    auth_hosts: tuple[str, ...]

    @property
    def provider(self) -> str:
        """The provider's name in usage events, such as `custom-llm`."""
        return f"custom-{self.channel}"
