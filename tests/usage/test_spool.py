"""The writer's side, on good disks and bad ones."""

import errno
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.usage.disks import FaultyDisk, PowerCut
from usage.disk import Disk, fleeting_kind
from usage.framing import MAGIC, frame, read
from usage.segments import Segments, make
from usage.spool import Limits, Spool

ROOMY = Limits(reserve_bytes=0)


def spool_on(root: Path, disk: Disk, limits: Limits = ROOMY) -> Spool:
    return Spool(make(root, disk), limits, threading.Event())


def payloads(segments: Segments) -> list[bytes]:
    """All that a reader finds in the files, as after a restart."""
    found = []
    for path in sorted(segments.folder.glob("*.segment")):
        found += read(path.read_bytes(), len(MAGIC))[0]
    return found


def test_what_is_appended_is_in_the_file_at_once(tmp_path: Path) -> None:
    spool = spool_on(tmp_path, Disk())
    spool.append(frame(b"one"))
    spool.append(frame(b"two"))
    assert payloads(spool.segments) == [b"one", b"two"]
    spool.close()


def test_a_lost_machine_loses_only_what_was_not_synced(tmp_path: Path) -> None:
    disk = PowerCut()
    spool = spool_on(tmp_path, disk)
    spool.append(frame(b"one"))
    assert spool.sync()
    spool.turn_over()
    spool.append(frame(b"two"))
    spool.sync()
    spool.append(frame(b"three"))
    disk.lose(spool.segments.folder)
    assert payloads(spool.segments) == [b"one", b"two"]


def test_turning_over_loses_nothing_to_a_power_cut(tmp_path: Path) -> None:
    disk = PowerCut()
    spool = spool_on(tmp_path, disk)
    spool.append(frame(b"one"))
    spool.turn_over()
    disk.lose(spool.segments.folder)
    assert payloads(spool.segments) == [b"one"]


def test_an_idle_spool_is_not_synced(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = spool_on(tmp_path, disk)
    spool.append(frame(b"one"))
    spool.sync()
    assert not spool.sync()
    assert len(disk.synced) == 1
    spool.close()


@pytest.mark.parametrize(
    "limits",
    [Limits(segment_bytes=100, reserve_bytes=0), Limits(segment_seconds=0.0, reserve_bytes=0)],
    ids=["size", "age"],
)
def test_a_segment_is_turned_over_by_size_and_by_age(tmp_path: Path, limits: Limits) -> None:
    spool = spool_on(tmp_path, Disk(), limits)
    spool.sync()
    assert spool.position[0] == 1, "an empty segment stays"
    spool.append(frame(b"x" * 200))
    spool.sync()
    spool.append(frame(b"next"))
    assert spool.position[0] == 2
    assert payloads(spool.segments) == [b"x" * 200, b"next"]
    spool.close()


def test_a_failed_sync_is_never_tried_again_on_the_same_file(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = spool_on(tmp_path, disk)
    spool.append(frame(b"one"))
    disk.failing["sync"] = errno.EIO
    spool.sync()
    broken = disk.synced[-1]
    assert spool.refusal == "the spool's disk fails: Input/output error"
    spool.append(frame(b"two"))
    spool.sync()
    assert spool.refusal is not None, "another file fails too"
    del disk.failing["sync"]
    spool.sync()
    assert spool.refusal is None
    assert disk.synced.count(broken) == 1
    assert payloads(spool.segments) == [b"one", b"two"]
    spool.close()


def test_after_a_failed_sync_the_records_stand_in_a_synced_file(tmp_path: Path) -> None:
    class Dying(PowerCut):
        fails = True

        def sync(self, descriptor: int) -> None:
            if self.fails:
                self.fails = False
                raise OSError(errno.EIO, "Input/output error")
            super().sync(descriptor)

    disk = Dying()
    spool = spool_on(tmp_path, disk)
    spool.append(frame(b"one"))
    spool.sync()
    spool.sync()
    assert spool.refusal is None
    disk.lose(spool.segments.folder)
    assert payloads(spool.segments) == [b"one"]


def test_a_record_cut_short_hides_none_that_follow(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = spool_on(tmp_path, disk)
    spool.append(frame(b"one"))
    disk.short = 5
    with pytest.raises(OSError, match="No space left"):
        spool.append(frame(b"torn"))
    assert spool.refusal == "a record could not be written"
    del disk.failing["write"]
    spool.append(frame(b"two"))
    spool.sync()
    assert spool.refusal is None
    assert payloads(spool.segments) == [b"one", b"two"]
    spool.close()


def test_a_record_cut_short_that_cannot_be_cut_back_is_left_behind(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = spool_on(tmp_path, disk)
    spool.append(frame(b"one"))
    disk.short = 5
    disk.failing["truncate"] = errno.EIO
    with pytest.raises(OSError, match="No space left"):
        spool.append(frame(b"torn"))
    del disk.failing["write"]
    spool.sync()
    spool.append(frame(b"two"))
    spool.sync()
    assert spool.refusal is None
    assert payloads(spool.segments) == [b"one", b"two"]
    spool.close()


def test_a_final_that_could_not_be_written_is_written_when_it_can(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = spool_on(tmp_path, disk)
    disk.failing["write"] = errno.ENOSPC
    spool.append_later(frame(b"one"))
    spool.append_later(frame(b"two"))
    spool.sync()
    assert spool.unwritten == 2
    assert spool.refusal == "the spool's disk fails: No space left on device"
    del disk.failing["write"]
    spool.sync()
    assert (spool.unwritten, spool.refusal) == (0, None)
    assert payloads(spool.segments) == [b"one", b"two"]
    spool.close()


def test_a_full_spool_refuses_intents_and_writes_finals(tmp_path: Path) -> None:
    spool = spool_on(tmp_path, Disk(), Limits(spool_bytes=300, reserve_bytes=0))
    spool.append(frame(b"x" * 300))
    spool.sync()
    assert spool.refusal == "the spool is full"
    spool.append(frame(b"final"))
    assert payloads(spool.segments)[-1] == b"final"
    spool.turn_over()
    spool.segments.remove(1)
    spool.sync()
    assert spool.refusal is None
    spool.close()


def test_a_disk_at_its_reserve_refuses_intents(tmp_path: Path) -> None:
    disk = FaultyDisk()
    disk.failing["free_bytes"] = 1
    spool = spool_on(tmp_path, disk, Limits())
    spool.append(frame(b"one"))
    spool.sync()
    assert spool.refusal == "the disk is full"
    disk.failing.clear()
    spool.sync()
    assert spool.refusal is None
    spool.close()


def test_a_spool_that_is_closed_takes_nothing(tmp_path: Path) -> None:
    """Its descriptor's number may be somebody else's file by now."""
    spool = spool_on(tmp_path, Disk())
    spool.append(frame(b"one"))
    spool.close()
    other = os.open(tmp_path / "other", os.O_CREAT | os.O_RDWR)
    with pytest.raises(OSError, match="Bad file"):
        spool.append(frame(b"two"))
    assert os.fstat(other).st_size == 0
    os.close(other)


def test_a_segment_that_somebody_removes_is_noticed(tmp_path: Path) -> None:
    spool = spool_on(tmp_path, Disk())
    spool.segments.path(1).unlink()
    spool.append(frame(b"lost"))
    spool.sync()
    assert spool.refusal == "the spool's disk fails: a segment was removed by somebody else"
    spool.sync()
    assert spool.refusal is None
    spool.append(frame(b"one"))
    assert payloads(spool.segments) == [b"one"]
    assert spool.segments.total_bytes < 100
    spool.close()


def test_a_folder_that_somebody_removes_refuses_intents(tmp_path: Path) -> None:
    spool = spool_on(tmp_path, Disk())
    shutil.rmtree(spool.segments.folder)
    spool.append(frame(b"lost"))
    for _ in range(3):
        spool.sync()
        assert spool.refusal is not None
    spool.close()


def test_appends_from_many_threads_while_segments_turn_over_are_all_whole(tmp_path: Path) -> None:
    spool = spool_on(tmp_path, Disk(), Limits(segment_bytes=2000, reserve_bytes=0))
    names = [[f"{thread}-{number}".encode() for number in range(5000)] for thread in range(4)]

    def write(mine: list[bytes]) -> None:
        for name in mine:
            spool.append(frame(name))

    threads = [threading.Thread(target=write, args=(mine,)) for mine in names]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        spool.sync()
    spool.close()
    assert sorted(payloads(spool.segments)) == sorted(sum(names, []))
    assert spool.position[0] > 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 512 KiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk: the real full disk was not tried")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount: the real full disk was not tried")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_memory_disk_is_known_for_what_it_is(small_disk: Path) -> None:
    (small_disk / "spool").mkdir()
    assert fleeting_kind(small_disk / "spool") == "tmpfs"
    assert fleeting_kind(Path("/proc")) is None


def test_a_disk_that_really_fills_refuses_intents_early_and_loses_no_final(
    small_disk: Path,
) -> None:
    spool = spool_on(small_disk, Disk(), Limits(reserve_bytes=128 << 10))
    written = []
    while spool.refusal is None:
        written.append(os.urandom(8).hex().encode() * 100)
        spool.append(frame(written[-1]))
        spool._free_checked = 0.0
        spool.sync()
    assert spool.refusal == "the disk is full"
    for _ in range(64):
        written.append(b"final" * 100)
        spool.append(frame(written[-1]))
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        _fill(file)
    with pytest.raises(OSError, match="No space left"):
        spool.append(frame(b"late" * 2000))
    spool.append_later(frame(b"late" * 2000))
    spool.sync()
    assert payloads(spool.segments) == written
    filler.unlink()
    spool.sync()
    assert payloads(spool.segments) == [*written, b"late" * 2000]
    assert spool.unwritten == 0
    spool.close()


def _fill(file: IO[bytes]) -> None:
    while True:
        file.write(b"x" * 1000)
