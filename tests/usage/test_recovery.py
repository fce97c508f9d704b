"""What dead processes leave, taken up by whoever comes first."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.usage.databases import Database
from tests.usage.dispatches import final, intent
from tests.usage.orphans import orphan
from usage.disk import Disk
from usage.models import CallEvent
from usage.recovery import recover
from usage.rejected import Rejected
from usage.segments import make
from usage.shipping import Counters
from usage.sink import DatabaseSink, SinkDown


def recovered(root: Path, database: Database) -> Counters:
    counters, sink = Counters(), DatabaseSink(database.settings)
    try:
        recover(root, sink, Rejected(root), counters, Disk())
    finally:
        sink.close()
    return counters


def test_an_open_dispatch_is_recorded_as_lost_with_what_is_known(
    tmp_path: Path, database: Database
) -> None:
    done, left = intent(), intent(bytes_in=77, call_id="call_x", external_call_id="CAx")
    folder = orphan(tmp_path / "spool", [done, left], [final(done)])
    assert recovered(tmp_path / "spool", database) == Counters(folders=1, shipped=2, lost=1)
    assert database.events() == {done.dispatch_id: "ok", left.dispatch_id: "lost_process"}
    assert database.query(
        "SELECT id, bytes_in, status FROM call_events WHERE outcome = 'lost_process'"
    ) == [(left.event_id, 77, None)]
    assert ("call_x", "CAx") in database.query("SELECT id, external_id FROM usage_call")
    assert not folder.exists()


def test_a_living_process_is_left_alone(tmp_path: Path, sqlite_database: Database) -> None:
    living = make(tmp_path, Disk())
    assert recovered(tmp_path, sqlite_database) == Counters()
    living.release()


def test_recovery_twice_over_tells_the_same_story(tmp_path: Path, database: Database) -> None:
    """As when it dies between its COMMIT and the removal of the folder."""
    done, left = intent(), intent()
    segments: Any = [done, left], [final(done)]
    orphan(tmp_path, *segments)
    recovered(tmp_path, database)
    before = database.query("SELECT * FROM call_events ORDER BY id")
    orphan(tmp_path, *segments)
    assert recovered(tmp_path, database).rejected == 0
    assert database.query("SELECT * FROM call_events ORDER BY id") == before


def test_finals_whose_intents_were_shipped_long_ago_are_passed_over(
    tmp_path: Path, database: Database
) -> None:
    """The intent's segment is gone already, the final's not yet."""
    done = intent()
    orphan(tmp_path, [done], [final(done)])
    recovered(tmp_path, database)
    orphan(tmp_path, [final(done)])
    assert recovered(tmp_path, database) == Counters(folders=1)


def test_two_recoverers_at_once_ship_each_event_once(tmp_path: Path, database: Database) -> None:
    dispatches = [intent() for _ in range(200)]
    for start in range(0, 200, 10):
        some = dispatches[start : start + 10]
        orphan(tmp_path, [*some, *(final(each) for each in some[:7])])
    found: list[Counters] = []
    threads = [
        threading.Thread(target=lambda: found.append(recovered(tmp_path, database)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each.folders for each in found) == 20
    assert sum(each.shipped for each in found) == 200
    assert database.query("SELECT COUNT(*) FROM call_events") == [(200,)]
    assert list(database.events().values()).count("lost_process") == 60


def test_the_spool_stays_while_the_database_is_down(tmp_path: Path, unblocked: None) -> None:
    nowhere = Database("postgres://patchbay@127.0.0.1:9/none")
    folder = orphan(tmp_path, [intent()])
    with pytest.raises(SinkDown):
        recovered(tmp_path, nowhere)
    assert folder.exists()


def test_a_folder_that_cannot_be_read_does_not_hold_up_the_others(
    tmp_path: Path, sqlite_database: Database
) -> None:
    class BadSector(Disk):
        """The segment of one folder can be neither removed nor replaced."""

        def remove(self, path: Path) -> None:
            if path.parent == bad:
                raise OSError(5, "Input/output error")
            super().remove(path)

    dispatches = [intent() for _ in range(5)]
    folders = [orphan(tmp_path, [each, final(each)]) for each in dispatches]
    bad = folders[0]
    counters, sink = Counters(), DatabaseSink(sqlite_database.settings)
    recover(tmp_path, sink, Rejected(tmp_path), counters, BadSector())
    sink.close()
    assert (counters.folders, counters.failures) == (4, 1)
    assert len(sqlite_database.events()) == 5
    assert [folder for folder in folders if folder.exists()] == [bad]


@pytest.mark.django_db(transaction=True)
def test_the_command_sweeps_and_says_what_it_found(
    tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SPOOL_DIR = tmp_path / "none yet"
    call_command("usage_sweep")
    settings.SPOOL_DIR = tmp_path
    left = intent()
    orphan(tmp_path, [left])
    call_command("usage_sweep")
    assert capsys.readouterr().out == (
        "0 spools, 0 events of which 0 were left open, 0 rejected\n"
        "1 spools, 1 events of which 1 were left open, 0 rejected\n"
    )
    assert CallEvent.objects.get().dispatch_id == left.dispatch_id
