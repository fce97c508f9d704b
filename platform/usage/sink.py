"""Where shipped events go: one transaction per batch, by raw SQL, on a connection of its own."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from django.db import DatabaseError, DataError, IntegrityError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from usage.rows import CallRow, EventRow
from usage.sql import Dialect, PostgresDialect, SqliteDialect


class SinkDown(Exception):
    """The database cannot take the batch now; the same batch may be tried again."""


class BadRow(Exception):
    """The database will never take one of these rows."""


class Sink(Protocol):
    """Used by one thread at a time."""

    def ship(self, events: list[EventRow], calls: list[CallRow]) -> list[str]:
        """All of it in one transaction; rows that are there already are left as they are.

        Returns the dispatch ids whose row was there with other content. Raises `SinkDown` and
        `BadRow`.
        """

    def known(self, dispatch_ids: list[str]) -> set[str]:
        """Those of the ids that have a row. Raises `SinkDown`."""

    def close(self) -> None: ...


class DatabaseSink:
    """The database of Django's settings, or of one entry of `DATABASES` given here."""

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        self._settings = settings
        self._wrapper: BaseDatabaseWrapper | None = None

    def ship(self, events: list[EventRow], calls: list[CallRow]) -> list[str]:
        with self._transaction() as dialect:
            fresh = dialect.insert_events(events)
            dialect.widen_calls(calls)
            if fresh == len(events):
                return []
            return dialect.conflicts(events)

    def known(self, dispatch_ids: list[str]) -> set[str]:
        with self._transaction() as dialect:
            return dialect.known(dispatch_ids)

    def close(self) -> None:
        wrapper, self._wrapper = self._wrapper, None
        if wrapper is not None:
            with suppress(DatabaseError, OSError):  # it may be the closing of what has broken
                wrapper.close()

    @contextmanager
    def _transaction(self) -> Iterator[Dialect]:
        try:
            with self._connected().cursor() as cursor:
                dialect = _dialect(cursor)
                dialect.begin()
                yield dialect
                dialect.commit()
        except (DataError, IntegrityError, OverflowError) as error:
            self._roll_back()
            raise BadRow(type(error).__name__) from error
        except (DatabaseError, OSError) as error:
            self.close()
            raise SinkDown(type(error).__name__) from error

    def _roll_back(self) -> None:
        """A connection that cannot roll back is of no more use."""
        try:
            with self._connected().cursor() as cursor:
                cursor.execute("ROLLBACK")
        except (DatabaseError, OSError):
            self.close()

    def _connected(self) -> BaseDatabaseWrapper:
        """The wrapper is made on the thread that uses it, and belongs to no pool."""
        if self._wrapper is None:
            settings = dict(self._settings or connections.settings["default"])
            settings["OPTIONS"] = {**settings["OPTIONS"], **_patience(settings["ENGINE"])}
            settings["OPTIONS"].pop("pool", None)
            wrapper = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")
            wrapper.ensure_connection()
            self._wrapper = wrapper
        return self._wrapper


def _patience(engine: str) -> dict[str, int]:
    """How long a database that has gone is waited for: seconds, and milliseconds of silence."""
    if engine.endswith("sqlite3"):
        return {}
    return {"connect_timeout": 5, "keepalives_idle": 10, "tcp_user_timeout": 20_000}


def _dialect(cursor: Any) -> Dialect:
    return SqliteDialect(cursor) if cursor.db.vendor == "sqlite" else PostgresDialect(cursor)
