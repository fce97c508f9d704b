"""Host names as credentials are bound to them: the spelling in which `egress` compares them."""

import re
from ipaddress import ip_address

import idna

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def normal_host(text: str) -> str | None:
    """The A-label form in small letters without a last dot; `None` if it is no host name."""
    try:
        return str(ip_address(text))
    except ValueError:
        pass  # most hosts are names
    try:
        name = text if text.isascii() else idna.encode(text, uts46=True).decode()
    except idna.IDNAError:
        return None
    name = name.lower().removesuffix(".")
    labels = name.split(".")
    return name if len(name) <= 253 and all(_LABEL.fullmatch(each) for each in labels) else None
