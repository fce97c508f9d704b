"""The id of a call, known without a database: every dispatch of a call works it out alike."""

from base64 import b32hexencode
from hashlib import sha256

EXTERNAL_ID_WIDTH = 200


def clean_external_id(text: str) -> str:
    """A caller's own id of the call, as it is kept: 200 characters at most, all printable ones."""
    return "".join(filter(str.isprintable, text[:EXTERNAL_ID_WIDTH])).strip()


def call_id(tenant_id: str, agent_id: str, external_id: str) -> str:
    """The call that an agent of a tenant has under `external_id`, cleaned and not empty."""
    name = f"{tenant_id}\0{agent_id}\0{external_id}".encode()
    return "call_" + b32hexencode(sha256(name).digest()[:16]).decode().rstrip("=").lower()
