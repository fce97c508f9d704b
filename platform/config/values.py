"""How the text of a variable is read. A wrong one raises `ValueError`, which repeats no secret."""

import re
from ipaddress import ip_network
from urllib.parse import urlsplit

import dj_database_url

from vault import keyring

_SECRET_KEY_LENGTH = 50  # as Django's own check of a deployment wants it
_SECRET_KEY_DISTINCT = 5


def cidrs(text: str) -> tuple[str, ...]:
    return tuple(str(ip_network(part.strip())) for part in text.split(",") if part.strip())


def names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ValueError("it must be a whole number from 1 to 65535")
    return int(text)


def base_url(text: str) -> str:
    if text and not (re.fullmatch(r"(?i:https?)://[^/\s]\S*", text) and _splits(text)):
        raise ValueError("it must be like https://patchbay.example.com")
    return text


def secret_key(text: str) -> str:
    if (
        len(text) < _SECRET_KEY_LENGTH
        or len(set(text)) < _SECRET_KEY_DISTINCT
        or text.startswith("django-insecure-")
    ):
        raise ValueError(
            f"it must be {_SECRET_KEY_LENGTH} random characters or more. This prints one:"
            ' python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return text


def vault_keys(text: str) -> str:
    """The text itself: what seals and opens parses it anew wherever settings are changed."""
    keyring.parse(text)
    return text


def database(text: str) -> dj_database_url.DBConfig:
    """Django's settings of the database that a URL names."""
    try:
        found = dj_database_url.parse(text)
    except ValueError:  # it may hold pieces of the password
        found = {}
    engine = str(found.get("ENGINE", "")).rpartition(".")[2]
    if engine not in ("sqlite3", "postgresql") or not found.get("NAME"):
        raise ValueError(
            "it must be like sqlite:///path or postgres://user:password@host:5432/name, with"
            " %40 for @, %2F for / and %23 for # in user and password"
        )
    return found


def redis_url(text: str) -> str:
    if text and not _is_redis(text):
        raise ValueError(
            "it must be like redis://:password@host:6379/0, with %40 for @, %2F for / and %23 for #"
            " in the password"
        )
    return text


def _is_redis(text: str) -> bool:
    """In small letters, as the client wants the scheme."""
    return (
        text.startswith(("redis://", "rediss://"))
        and _splits(text)
        and bool(re.fullmatch(r"/?\d*", urlsplit(text).path))
    )


def _splits(text: str) -> bool:
    """Whether it is a URL with a host, and a port that there can be."""
    try:
        url = urlsplit(text)
        return bool(url.hostname) and url.port != 0  # reading the port may raise
    except ValueError:
        return False
