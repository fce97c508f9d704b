"""The ledger as the gateway sees it, over real files and real databases."""

import errno
import threading
from pathlib import Path

import pytest

from tests.servers.program import wait_until
from tests.usage.databases import Database
from tests.usage.disks import FaultyDisk
from tests.usage.dispatches import final, intent
from usage.disk import Disk
from usage.ledger import Ledger, UsageUnavailable
from usage.rows import CallRow, EventRow
from usage.sink import DatabaseSink


def left_in(root: Path) -> list[str]:
    return [path.name for path in root.iterdir() if path.name != ".lock"]


def ledger(root: Path, database: Database) -> Ledger:
    return Ledger(root, DatabaseSink(database.settings))


def test_a_closed_dispatch_is_an_event_within_a_second(tmp_path: Path, database: Database) -> None:
    book = ledger(tmp_path / "spool", database)
    book.start()
    one, other = intent(), intent()
    book.open(one)
    book.open(other)
    book.close(final(one))
    wait_until(lambda: database.events() == {one.dispatch_id: "ok"}, 20, "the event")
    book.close(final(other, outcome="client_gone"))
    book.stop()
    assert database.events() == {one.dispatch_id: "ok", other.dispatch_id: "client_gone"}
    assert left_in(tmp_path / "spool") == []


def test_a_ledger_that_is_not_started_lets_no_dispatch_through(
    tmp_path: Path, sqlite_database: Database
) -> None:
    book = ledger(tmp_path / "spool", sqlite_database)
    with pytest.raises(UsageUnavailable):
        book.open(intent())
    assert not book.healthy


def test_a_stopped_ledger_lets_no_dispatch_through(
    tmp_path: Path, sqlite_database: Database
) -> None:
    book = ledger(tmp_path / "spool", sqlite_database)
    book.start()
    assert book.healthy
    book.stop()
    assert not book.healthy
    with pytest.raises(UsageUnavailable):
        book.open(intent())


def test_a_dispatch_left_open_is_lost_process_after_the_next_start(
    tmp_path: Path, database: Database
) -> None:
    left = intent()
    book = ledger(tmp_path / "spool", database)
    book.start()
    book.open(left)
    book.stop()
    assert database.events() == {}
    again = ledger(tmp_path / "spool", database)
    again.start()
    wait_until(lambda: database.events() == {left.dispatch_id: "lost_process"}, 20, "the event")
    again.stop()
    assert left_in(tmp_path / "spool") == []


def test_a_disk_that_takes_nothing_refuses_dispatches_and_loses_no_final(
    tmp_path: Path, sqlite_database: Database
) -> None:
    disk = FaultyDisk()
    book = Ledger(tmp_path, DatabaseSink(sqlite_database.settings), disk=disk)
    book.start()
    one = intent()
    book.open(one)
    disk.failing["write"] = errno.EROFS
    with pytest.raises(UsageUnavailable, match="could not be written"):
        book.open(intent())
    book.close(final(one))
    with pytest.raises(UsageUnavailable):
        book.open(intent())
    assert not book.healthy
    assert book.trouble is not None
    assert book.figures.unwritten == 1
    disk.failing.clear()
    wait_until(lambda: book.healthy, 20, "health")
    wait_until(lambda: sqlite_database.events() == {one.dispatch_id: "ok"}, 20, "the event")
    book.stop()


def test_a_spool_folder_that_cannot_be_used_stops_the_start(
    tmp_path: Path, sqlite_database: Database
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Not a directory"):
        ledger(tmp_path / "file" / "spool", sqlite_database).start()


def test_a_final_that_cannot_be_written_as_it_is_keeps_its_outcome_and_counts(
    tmp_path: Path, sqlite_database: Database
) -> None:
    book = ledger(tmp_path, sqlite_database)
    book.start()
    odd = [intent() for _ in range(2)]
    for one in odd:
        book.open(one)
    book.close(final(odd[0], error={"code": object()}, details={}))
    book.close(final(odd[1], error={"detail": "x" * 100_000}))
    book.stop()
    rows = sqlite_database.query("SELECT outcome, bytes_out, error FROM call_events")
    assert rows == [("ok", 9120, '{"code":"unrecordable"}')] * 2


def test_details_that_no_record_could_hold_take_neither_error_nor_times_with_them(
    tmp_path: Path, sqlite_database: Database
) -> None:
    book = ledger(tmp_path, sqlite_database)
    book.start()
    one = intent()
    book.open(one)
    book.close(final(one, details={"utterances": ["x" * 100_000]}, error={"code": "kept"}))
    book.stop()
    rows = sqlite_database.query("SELECT timing_ms, error, details FROM call_events")
    assert rows == [
        (
            '{"connect":11.2,"first_byte":182.0,"first_content":183.1,"total":1204.7,"gateway":0.9}',
            '{"code":"kept"}',
            '{"unrecordable":true}',
        )
    ]


def test_an_intent_that_no_record_could_hold_is_refused(
    tmp_path: Path, sqlite_database: Database
) -> None:
    book = ledger(tmp_path, sqlite_database)
    book.start()
    with pytest.raises(UsageUnavailable):
        book.open(intent(external_call_id="x" * 100_000))
    assert book.healthy
    book.stop()


def test_a_thread_that_ends_makes_the_ledger_unhealthy(
    tmp_path: Path, sqlite_database: Database
) -> None:
    class Insane(Disk):
        def free_bytes(self, folder: Path) -> int:
            raise ZeroDivisionError

    book = Ledger(tmp_path, DatabaseSink(sqlite_database.settings), disk=Insane())
    threading.excepthook, saved = lambda _: None, threading.excepthook
    try:
        book.start()
        book.open(intent())
        wait_until(lambda: not book.healthy, 20, "the end of the thread")
    finally:
        threading.excepthook = saved
    assert book.trouble == "a thread of the ledger has ended"
    book.stop()


def test_a_defect_while_shipping_is_logged_and_shipping_begins_again(
    tmp_path: Path, sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    class Clumsy(DatabaseSink):
        """Forgets, by a defect, the batch that it was given, and then fails."""

        calls = 0

        def ship(self, events: list[EventRow], calls: list[CallRow]) -> list[str]:
            self.calls += 1
            if self.calls == 1:
                book._shipper._own._batch.pairs.clear()  # type: ignore[union-attr]
                raise ZeroDivisionError
            return super().ship(events, calls)

    book = Ledger(tmp_path, Clumsy(sqlite_database.settings))
    book.start()
    dispatches = [intent() for _ in range(5)]
    for one in dispatches:
        book.open(one)
        book.close(final(one))
    wait_until(lambda: len(sqlite_database.events()) == 5, 20, "the events")
    book.stop()
    assert book.figures.failures == 1
    assert "usage shipping is at fault" in [each.message for each in caplog.records]


def test_a_new_ledger_waits_for_no_database_and_asks_it_ever_less_often(
    tmp_path: Path, unblocked: None, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = Database("postgres://patchbay@127.0.0.1:9/none")
    book = ledger(tmp_path, nowhere)
    book.start()
    one = intent()
    book.open(one)
    book.close(final(one))
    wait_until(lambda: book.figures.failures > 1, 20, "two failures")
    assert book.healthy
    assert book.figures.behind_seconds > 0
    book.stop()
    told = [vars(each) for each in caplog.records if each.name == "usage.shipper"]
    assert [each["seconds"] for each in told][:2] == [0.5, 1.0]
    assert [path.name for path in tmp_path.glob("[0-9]*/*.segment")] == ["000000000001.segment"]
