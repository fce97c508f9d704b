"""From one folder into the database: what can go wrong with records, rows and lines."""

import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postgres import Postgres
from tests.usage.databases import Database, migrated
from tests.usage.dispatches import final, intent
from tests.usage.sinks import CuttingProxy
from usage import records
from usage.disk import Disk
from usage.framing import frame
from usage.records import Final, Record
from usage.rejected import Rejected
from usage.rows import CallRow, EventRow
from usage.segments import make
from usage.shipping import Counters, FolderShipper
from usage.sink import DatabaseSink, SinkDown
from usage.spool import Limits, Spool


class Bench:
    """A spool and its shipper without threads, so that each step is the test's."""

    def __init__(
        self,
        root: Path,
        database: Database,
        disk: Disk | None = None,
        sink: DatabaseSink | None = None,
    ) -> None:
        self.root, self.database = root, database
        self.segments = make(root, disk or Disk())
        self.spool = Spool(self.segments, Limits(reserve_bytes=0), threading.Event())
        self.counters = Counters()
        self.sink = sink or DatabaseSink(database.settings)
        self.shipper = FolderShipper(self.segments, self.sink, Rejected(root), self.counters)

    def write(self, *records_: Record | bytes) -> None:
        for each in records_:
            self.spool.append(frame(each if isinstance(each, bytes) else records.encode(each)))

    def ship(self) -> None:
        while self.shipper.step(self.spool.position):
            pass

    def rejected(self) -> list[tuple[str, str]]:
        path = self.root / "rejected" / "records.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(line["reason"], line["dispatch"]) for line in map(json.loads, lines)]

    def files(self) -> list[int]:
        return sorted(int(path.stem) for path in self.segments.folder.glob("*.segment"))

    def close(self) -> None:
        self.sink.close()
        self.spool.close()
        self.segments.release()


@pytest.fixture
def bench(tmp_path: Path, database: Database) -> Iterator[Bench]:
    made = Bench(tmp_path / "spool", database)
    yield made
    made.close()


def forbid(database: Database, agent: str) -> None:
    """Makes the database refuse every event of an agent, as a broken constraint would."""
    if database.url.startswith("sqlite"):
        database.query(
            f"CREATE TRIGGER no BEFORE INSERT ON call_events WHEN NEW.agent_id = '{agent}'"
            " BEGIN SELECT RAISE(ABORT, 'never'); END"
        )
    else:
        database.query(f"ALTER TABLE call_events ADD CHECK (agent_id <> '{agent}')")


def test_a_segment_goes_only_when_nothing_in_it_is_open_or_unshipped(bench: Bench) -> None:
    short, long = intent(), intent()
    bench.write(short, long)
    bench.spool.turn_over()
    bench.write(final(short))
    bench.ship()
    assert bench.files() == [1, 2]
    bench.spool.turn_over()
    bench.ship()
    assert bench.files() == [1, 3], "the final's segment needs no intent any more"
    bench.write(final(long))
    bench.ship()
    assert bench.files() == [3]
    assert bench.database.events() == {short.dispatch_id: "ok", long.dispatch_id: "ok"}


def test_long_calls_do_not_hold_the_disk(bench: Bench) -> None:
    """One dispatch of each segment stays open for hours, as WebSocket calls do."""
    long = [intent() for _ in range(20)]
    for each in long:
        short = [intent() for _ in range(300)]
        bench.write(each, *short, *map(final, short))
        bench.spool.turn_over()
        bench.ship()
    held = sum(path.stat().st_size for path in bench.segments.folder.glob("*.segment"))
    assert len(bench.files()) == 21
    assert held < 20 * 1024, f"{held} bytes for 20 open dispatches"
    assert bench.segments.total_bytes == held
    bench.write(*map(final, long))
    bench.ship()
    assert bench.files() == [21]
    assert len(bench.database.events()) == 20 * 301


def test_a_row_that_the_database_refuses_holds_up_none_of_the_others(bench: Bench) -> None:
    forbid(bench.database, "agt_poison")
    dispatches = [intent() for _ in range(50)]
    poison = [intent(agent_id="agt_poison") for _ in range(2)]
    everyone = dispatches[:7] + poison[:1] + dispatches[7:] + poison[1:]
    bench.write(*everyone, *map(final, everyone))
    bench.ship()
    assert bench.database.events() == {each.dispatch_id: "ok" for each in dispatches}
    reason = "refused by the database: IntegrityError"
    assert bench.rejected() == [(reason, each.dispatch_id) for each in poison]
    assert (bench.counters.shipped, bench.counters.rejected) == (50, 2)
    bench.spool.turn_over()
    bench.ship()
    assert bench.files() == [2], "what was kept aside holds no segment"


def test_a_row_is_kept_aside_once_however_often_its_batch_is_tried(
    tmp_path: Path, sqlite_database: Database
) -> None:
    class Faltering(DatabaseSink):
        """Is away once: when the row that was refused alone has been put aside."""

        calls = 0

        def ship(self, events: list[EventRow], calls: list[CallRow]) -> list[str]:
            self.calls += 1
            if self.calls == 3:
                raise SinkDown("away")
            return super().ship(events, calls)

    bench = Bench(tmp_path / "spool", sqlite_database, sink=Faltering(sqlite_database.settings))
    forbid(sqlite_database, "agt_poison")
    poison, good = intent(agent_id="agt_poison"), intent()
    bench.write(poison, good, final(poison), final(good))
    with pytest.raises(SinkDown):
        bench.ship()
    bench.ship()
    assert sqlite_database.events() == {good.dispatch_id: "ok"}
    assert [dispatch for _, dispatch in bench.rejected()] == [poison.dispatch_id]
    bench.close()


def test_a_rejected_record_is_kept_whole(bench: Bench) -> None:
    forbid(bench.database, "agt_poison")
    one = intent(agent_id="agt_poison")
    bench.write(one, final(one))
    bench.ship()
    line = json.loads((bench.root / "rejected" / "records.jsonl").read_text())
    kept = [records.decode(json.dumps(each).encode()) for each in line["record"]]
    assert kept == [one, final(one)]


def test_a_dispatch_opened_twice_holds_no_segment(bench: Bench) -> None:
    one = intent()
    bench.write(one, one, final(one))
    bench.spool.turn_over()
    bench.ship()
    assert bench.files() == [2]
    assert len(bench.database.events()) == 1


def test_a_segment_that_cannot_be_removed_is_removed_later(
    tmp_path: Path, sqlite_database: Database
) -> None:
    class Stubborn(Disk):
        refusals = 2

        def remove(self, path: Path) -> None:
            self.refusals -= 1
            if self.refusals >= 0:
                raise OSError(5, "Input/output error")
            super().remove(path)

    bench = Bench(tmp_path / "spool", sqlite_database, Stubborn())
    dispatches = [intent() for _ in range(3)]
    bench.write(*dispatches, *map(final, dispatches))
    bench.spool.turn_over()
    for _ in range(2):
        with pytest.raises(OSError, match="Input/output"):
            bench.ship()
    bench.ship()
    assert bench.files() == [2]
    assert bench.counters == Counters(shipped=3), "nothing was sent twice"
    bench.close()


def test_the_same_dispatch_told_twice_alike_is_one_event_and_no_alarm(bench: Bench) -> None:
    one = intent()
    bench.write(one, final(one))
    bench.ship()
    bench.write(one, final(one), final(one))
    bench.ship()
    assert bench.database.events() == {one.dispatch_id: "ok"}
    assert bench.counters.rejected == 0


def test_the_same_dispatch_told_differently_is_an_alarm_and_the_first_stands(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    one = intent()
    bench.write(one, final(one))
    bench.ship()
    bench.write(one, final(one, bytes_out=1))
    other = intent()
    bench.write(other, final(other))
    bench.ship()
    assert bench.counters.conflicts == 1
    assert bench.rejected() == [("conflicts with the event that is there", one.dispatch_id)]
    assert [each.message for each in caplog.records] == ["usage record rejected"]
    sizes = bench.database.query("SELECT bytes_out FROM call_events")
    assert sizes == [(9120,), (9120,)]


def test_a_final_that_nobody_opened_is_kept_aside(bench: Bench) -> None:
    bench.write(Final("dsp_stranger", "ok", 1.0))
    bench.ship()
    assert bench.rejected() == [("final without intent", "dsp_stranger")]


def test_a_record_that_says_nothing_is_kept_aside(bench: Bench) -> None:
    one = intent()
    bench.write(one, b'["final","dsp_1"]', b"\xff\xfe", final(one))
    bench.ship()
    assert bench.database.events() == {one.dispatch_id: "ok"}
    assert bench.rejected() == [("not a record", "")] * 2


def test_a_damaged_segment_is_kept_as_it_was(bench: Bench) -> None:
    first, second = intent(), intent()
    bench.write(first, final(first), second, final(second))
    bench.spool.turn_over()
    path = bench.segments.path(1)
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    bench.ship()
    assert bench.database.events() == {first.dispatch_id: "ok"}
    kept = list((bench.root / "rejected").glob("*.segment"))
    assert [each.read_bytes() for each in kept] == [bytes(data)]
    assert bench.counters.rejected == 1


def test_a_spool_torn_at_any_byte_gives_up_only_the_record_it_tears(
    tmp_path: Path, sqlite_database: Database
) -> None:
    dispatches = [intent() for _ in range(2)]
    pieces = [frame(records.encode(each(one))) for one in dispatches
              for each in (lambda one: one, final)]  # fmt: skip
    magic = 8
    whole = b"".join(pieces)
    ends = [magic + sum(map(len, pieces[:count])) for count in range(5)]
    for cut in range(magic + len(whole) + 1):
        sink = _Collected()
        segments = make(tmp_path, Disk())
        (segments.path(1)).write_bytes((b"PBUSAGE1" + whole)[:cut])
        segments.sizes[1] = cut
        shipper = FolderShipper(segments, sink, Rejected(tmp_path), counters := Counters())
        shipper.finish(0.0)
        segments.release()
        told = sum(1 for end in ends[1:] if end <= cut)
        assert list(sink.outcomes.values()) == ["ok"] * (told // 2) + ["lost_process"] * (told % 2)
        assert counters.rejected == 0


class _Collected:
    """A sink that keeps what it is given, for thousands of rounds in a second."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    def ship(self, events: list[object], calls: list[object]) -> list[str]:
        self.outcomes |= {event.dispatch_id: event.outcome for event in events}  # type: ignore[attr-defined]
        return []

    def known(self, dispatch_ids: list[str]) -> set[str]:
        return set()

    def close(self) -> None:
        return


def test_a_commit_whose_answer_was_cut_off_is_not_done_twice(
    tmp_path: Path, own_postgres: Postgres, unblocked: None
) -> None:
    database = migrated(own_postgres.new_database())
    proxy = CuttingProxy(own_postgres.port, cuts=3)
    through = Database(re.sub(r":\d+/", f":{proxy.port}/", database.url))
    bench = Bench(tmp_path / "spool", through)
    dispatches = [intent() for _ in range(5)]
    bench.write(*dispatches, *map(final, dispatches))
    for _ in range(3):
        with pytest.raises(SinkDown):
            bench.ship()
        assert len(database.events()) == 5, "the server has committed"
    bench.ship()
    assert proxy.cuts == 0
    assert len(database.events()) == 5
    assert bench.counters == Counters(shipped=5)
    bench.close()
    proxy.close()


@pytest.mark.parametrize("code", ["40001", "40P01", "53100", "57P01", "XX000", "42P01"])
def test_a_database_in_trouble_is_tried_again_and_no_row_is_blamed(
    tmp_path: Path, postgres_database: Database, code: str
) -> None:
    """Serialization failure, deadlock, disk full, shutdown, internal error, table missing."""
    postgres_database.query(
        "CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{code}'; END $$"
    )
    postgres_database.query(
        "CREATE TRIGGER trouble BEFORE INSERT ON call_events EXECUTE FUNCTION trouble()"
    )
    bench = Bench(tmp_path / "spool", postgres_database)
    one = intent()
    bench.write(one, final(one))
    for _ in range(2):
        with pytest.raises(SinkDown):
            bench.ship()
    postgres_database.query("DROP TRIGGER trouble ON call_events")
    bench.ship()
    assert postgres_database.events() == {one.dispatch_id: "ok"}
    assert bench.rejected() == []
    bench.close()


def test_a_disk_that_takes_no_rejects_keeps_the_record_in_the_spool(
    tmp_path: Path, sqlite_database: Database
) -> None:
    bench = Bench(tmp_path / "spool", sqlite_database)
    forbid(sqlite_database, "agt_poison")
    one = intent(agent_id="agt_poison")
    bench.write(one, final(one))
    (bench.root / "rejected").write_text("a file stands where the folder should")
    bench.spool.turn_over()
    with pytest.raises(OSError, match="File exists"):
        bench.ship()
    assert bench.files() == [1, 2]
    os.unlink(bench.root / "rejected")
    bench.ship()
    assert bench.files() == [2]
    assert len(bench.rejected()) == 1
    bench.close()
