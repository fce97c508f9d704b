"""The statements of the shipper, for the two databases.

A thousand rows are one statement with one parameter (PostgreSQL reads them out of a JSON text), or
a few with many (SQLite): an ORM object per row costs several times the whole rest of shipping, and
`executemany` takes the interpreter's lock from the event loop and gives it back with every row.
"""

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from itertools import chain
from typing import Any, ClassVar

import msgspec
from msgspec.structs import astuple

from usage.rows import CallRow, EventRow

_EVENT_COLUMNS = ", ".join(EventRow.__struct_fields__)
_CALL_COLUMNS = ", ".join(CallRow.__struct_fields__)
_COMPARED = (
    "id", "tenant_id", "outcome", "status", "bytes_in", "bytes_out",
    "tokens_prompt", "tokens_completion", "ended_at",
)  # fmt: skip
_ROWS_AT_ONCE = (64, 8, 1)
_WIDEN = (
    " ON CONFLICT (id) DO UPDATE SET"
    " started_at = {least}(usage_call.started_at, excluded.started_at),"
    " ended_at = {greatest}(usage_call.ended_at, excluded.ended_at)"
)


class Dialect(ABC):
    """The statements of one transaction, on an open cursor."""

    begin_sql: ClassVar[str]

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def begin(self) -> None:
        self._cursor.execute(self.begin_sql)

    def commit(self) -> None:
        self._cursor.execute("COMMIT")

    @abstractmethod
    def insert_events(self, events: list[EventRow]) -> int:
        """How many were not there before."""

    @abstractmethod
    def widen_calls(self, calls: list[CallRow]) -> None:
        """Makes the calls, or stretches their span over the dispatches given."""

    @abstractmethod
    def rows(self, columns: str, dispatch_ids: list[str]) -> list[tuple[Any, ...]]: ...

    def known(self, dispatch_ids: list[str]) -> set[str]:
        return {dispatch_id for (dispatch_id,) in self.rows("dispatch_id", dispatch_ids)}

    def conflicts(self, events: list[EventRow]) -> list[str]:
        """Dispatches whose stored row differs from the one given.

        A `lost_process` row is recovery's guess; it gives way to a stored row without a word.
        """
        columns = ", ".join(("dispatch_id", *_COMPARED))
        given = {event.dispatch_id: event for event in events if event.outcome != "lost_process"}
        stored = {row[0]: row[1:] for row in self.rows(columns, list(given))}
        return [
            dispatch_id
            for dispatch_id, event in given.items()
            if [_comparable(getattr(event, name)) for name in _COMPARED]
            != [_comparable(value) for value in stored.get(dispatch_id, ())]
        ]


def _comparable(value: Any) -> Any:
    """Moments come back as text from SQLite and as time-zoned values from PostgreSQL."""
    if isinstance(value, datetime):
        return _text(value)
    return value


def _text(moment: datetime) -> str:
    """A moment as Django's SQLite backend writes it."""
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def _event_values(event: EventRow) -> tuple[Any, ...]:
    """SQLite's own terms: JSON and moments, its last columns, are text."""
    *plain, timing_ms, error, details, started_at, ended_at = astuple(event)
    return (
        *plain,
        bytes(timing_ms).decode(),
        None if error is None else bytes(error).decode(),
        None if details is None else bytes(details).decode(),
        _text(started_at),
        _text(ended_at),
    )


def _call_values(call: CallRow) -> tuple[Any, ...]:
    *plain, started_at, ended_at = astuple(call)
    return (*plain, _text(started_at), _text(ended_at))


class PostgresDialect(Dialect):
    """`synchronous_commit` decides what a COMMIT is worth, and segments go after it: it is on."""

    begin_sql = "BEGIN; SET LOCAL synchronous_commit = on; SET LOCAL statement_timeout = '30s'"

    def insert_events(self, events: list[EventRow]) -> int:
        self._cursor.execute(
            f"INSERT INTO call_events ({_EVENT_COLUMNS}) SELECT {_EVENT_COLUMNS}"  # noqa: S608 - names
            " FROM json_populate_recordset(NULL::call_events, %s::json) ON CONFLICT DO NOTHING",
            [msgspec.json.encode(events).decode()],
        )
        return int(self._cursor.rowcount)

    def widen_calls(self, calls: list[CallRow]) -> None:
        widen = _WIDEN.format(least="LEAST", greatest="GREATEST")
        self._cursor.execute(
            f"INSERT INTO usage_call ({_CALL_COLUMNS}) SELECT {_CALL_COLUMNS}"  # noqa: S608 - names
            f" FROM json_populate_recordset(NULL::usage_call, %s::json) ORDER BY id{widen}",
            [msgspec.json.encode(calls).decode()],
        )

    def rows(self, columns: str, dispatch_ids: list[str]) -> list[tuple[Any, ...]]:
        self._cursor.execute(
            f"SELECT {columns} FROM call_events WHERE dispatch_id = ANY(%s)",  # noqa: S608 - names
            [dispatch_ids],
        )
        return list(self._cursor.fetchall())


class SqliteDialect(Dialect):
    begin_sql = "BEGIN IMMEDIATE"

    def insert_events(self, events: list[EventRow]) -> int:
        values = [_event_values(event) for event in events]
        return self._insert("call_events", _EVENT_COLUMNS, values, " ON CONFLICT DO NOTHING")

    def widen_calls(self, calls: list[CallRow]) -> None:
        widen = _WIDEN.format(least="MIN", greatest="MAX")
        self._insert("usage_call", _CALL_COLUMNS, [_call_values(call) for call in calls], widen)

    def _insert(self, table: str, columns: str, rows: list[tuple[Any, ...]], conflict: str) -> int:
        """How many rows were written. Few sizes, so that the driver keeps their statements."""
        written = 0
        for size in _ROWS_AT_ONCE:
            while len(rows) >= size:
                marks = f"({', '.join('?' * len(rows[0]))})"
                self._cursor.execute(
                    f"INSERT INTO {table} ({columns}) VALUES"  # noqa: S608 - names
                    f" {', '.join([marks] * size)}{conflict}",
                    list(chain.from_iterable(rows[:size])),
                )
                written += self._cursor.rowcount
                rows = rows[size:]
        return written

    def rows(self, columns: str, dispatch_ids: list[str]) -> list[tuple[Any, ...]]:
        self._cursor.execute(
            f"SELECT {columns} FROM call_events"  # noqa: S608 - names
            " WHERE dispatch_id IN (SELECT value FROM json_each(%s))",
            [msgspec.json.encode(dispatch_ids).decode()],
        )
        return list(self._cursor.fetchall())
