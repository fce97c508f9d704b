"""Whether the database can be worked with; where it cannot, one line says what to look at."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

_CONNECT_SECONDS = 5


class DatabaseRefused(SystemExit):
    """The database cannot be worked with; its text is the one line that says why."""


def look(*, migrated: bool = True) -> None:
    """Raises `DatabaseRefused` when nothing connects, or when the tables are older than the code.

    Tables that are newer are no matter: the version before goes on beside them.
    """
    connection = _connect()
    try:
        lacking = _lacking(connection) if migrated else 0
    finally:
        connection.close()
    if lacking:
        raise DatabaseRefused(
            f"The database of DATABASE_URL lacks {lacking} migrations of this version; bring it up"
            " to date first: manage.py migrate"
        )


@contextmanager
def missed(*, migrating: bool) -> Iterator[None]:
    """Ends what failed for want of a database, or of its tables, with a line and no traceback.

    Raises `DatabaseRefused`; every other error passes.
    """
    try:
        yield
    except Error:
        look(migrated=not migrating)
        raise


def _connect() -> BaseDatabaseWrapper:
    """A connection of its own, since a pool says only that it has none to give."""
    connection = connections["default"].copy()
    options = connection.settings_dict["OPTIONS"]
    options.pop("pool", None)
    if connection.vendor == "postgresql":
        options.setdefault("connect_timeout", _CONNECT_SECONDS)
    try:
        connection.ensure_connection()
    except Error as error:
        raise DatabaseRefused(_line(connection, error)) from None
    return connection


def _lacking(connection: BaseDatabaseWrapper) -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _line(connection: BaseDatabaseWrapper, error: Error) -> str:
    """PostgreSQL's own words name host, user and database; the password is in none of them."""
    reason = " ".join(str(error).split())
    if connection.vendor == "sqlite":
        reason = f"{reason}: {connection.settings_dict['NAME']}"
    return f"The database of DATABASE_URL cannot be used: {reason}"
