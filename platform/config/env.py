"""Every variable that Patchbay reads from its environment, typed, with its help line.

Each `NAME` may also be given as `NAME_FILE`, the path of a file that holds the value. A wrong value
stops the start with one line that names it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from environs import FileAwareEnv

from config import values

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: how it is read, what it is when absent (`None`: it must be given)."""

    name: str
    default: str | None
    help: str
    parse: Callable[[str], Any] = str


VARIABLES = (
    Variable(
        "DATABASE_URL",
        f"sqlite:///{ROOT}/var/patchbay.sqlite3",
        "Where rows live: `sqlite:///path` or `postgres://user:password@host:5432/name`",
        values.database,
    ),
    Variable(
        "REDIS_URL",
        "",
        "Task broker and change notices; empty uses files in `SPOOL_DIR`",
        values.redis_url,
    ),
    Variable(
        "SECRET_KEY",
        None,
        "Django's signing key: sessions and session tokens; 50 random characters or more",
        values.secret_key,
    ),
    Variable(
        "VAULT_KEYS",
        None,
        "Master keys `id:base64key,…` of 32 bytes each; the first encrypts, all decrypt",
        values.vault_keys,
    ),
    Variable(
        "ALLOWED_HOSTS",
        "localhost,127.0.0.1",
        "Host names this installation answers to",
        values.names,
    ),
    Variable(
        "PUBLIC_URL",
        "",
        "Base of the hosted URLs, as callers reach it; empty means `http://HOST:PORT`",
        values.base_url,
    ),
    Variable(
        "EGRESS_ALLOW_CIDRS",
        "",
        "Private networks that endpoints may live in, comma separated; logged at start",
        values.cidrs,
    ),
    Variable("EGRESS_CA_FILE", "", "PEM file of extra trust roots for tenants' endpoints"),
    Variable(
        "SPOOL_DIR",
        f"{ROOT}/var/spool",
        "Local disk folder where usage waits for the database; never a network or memory disk",
    ),
    Variable("HOST", "127.0.0.1", "Address the gateway listens on"),
    Variable("PORT", "8000", "Port the gateway listens on", values.port),
)


class BadVariable(SystemExit):
    """A variable is missing or wrong; its text is the one line that says so."""


@cache
def _environment() -> FileAwareEnv:
    """The process's own environment, and behind it the `.env` beside `manage.py`.

    A file of a value ends in a newline more often than not, which is no part of the value.
    """
    environment = FileAwareEnv(strip_whitespace=True)
    environment.read_env(ROOT / ".env", recurse=False)
    return environment


def read(name: str) -> Any:
    """The parsed value of one declared variable. Raises `BadVariable`."""
    variable = next(each for each in VARIABLES if each.name == name)
    try:
        text: str | None = _environment().str(name, variable.default)
        if text is None or (variable.default is None and not text.strip()):
            raise BadVariable(
                f"{name} is not set: {variable.help}. `make run` writes one into .env; for a"
                " deployment, docs/deploying.md says how to make one."
            )
        return variable.parse(text)
    except ValueError as error:
        raise BadVariable(f"{name} is wrong: {error}. It means: {variable.help}.") from error
