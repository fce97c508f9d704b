"""The file broker under writers and readers of several processes at once."""

import multiprocessing
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue

from config import broker

WRITERS, EACH = 3, 1500
SPAWN = multiprocessing.get_context("spawn")


def connect(root: Path) -> Connection:
    return Connection(broker.URL, transport_options=broker.folder_options(root))


def write(root: Path, writer: int) -> None:
    with connect(root) as connection, connection.SimpleQueue("work") as queue:
        for number in range(EACH):
            queue.put({"id": f"{writer}-{number}", "filling": "x" * (number % 7 * 4000)})


def read(root: Path, got: Any, written: Any) -> None:
    """Takes in a tight loop, which is how half-written files are met."""
    mine = []
    with connect(root) as connection, connection.SimpleQueue("work") as queue:
        while True:
            was_all_written = written.is_set()
            try:
                message = queue.get(timeout=1)
            except Empty:
                if was_all_written:
                    break
                continue
            mine.append(message.payload["id"])
            message.ack()
    got.put(mine)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_thousands_of_messages_between_processes_arrive_once_each(tmp_path: Path) -> None:
    got, written = SPAWN.Queue(), SPAWN.Event()
    readers = [SPAWN.Process(target=read, args=(tmp_path, got, written)) for _ in range(2)]
    writers = [SPAWN.Process(target=write, args=(tmp_path, each)) for each in range(WRITERS)]
    for process in readers + writers:
        process.start()
    for process in writers:
        process.join(120)
        assert process.exitcode == 0
    written.set()
    arrived = Counter(name for _ in readers for name in got.get(timeout=120))
    for process in readers:
        process.join(30)
        assert process.exitcode == 0
    assert sum(arrived.values()) == len(arrived) == WRITERS * EACH
    assert not list((tmp_path / "taken").iterdir())


def test_an_unreadable_message_is_passed_over(tmp_path: Path) -> None:
    with connect(tmp_path) as connection, connection.SimpleQueue("work") as queue:
        (tmp_path / "queue" / "0_a.work.msg").write_bytes(b'{"half":')
        (tmp_path / "queue" / "1_b.tmp").write_bytes(b"not there yet")
        queue.put({"id": "whole"})
        message = queue.get(timeout=30)
        message.ack()
        assert message.payload == {"id": "whole"}


def test_a_new_table_is_never_seen_half_written(tmp_path: Path) -> None:
    names = [f"exchange-{number}" for number in range(300)]

    looking = threading.Event()

    def look() -> None:
        with connect(tmp_path) as connection, connection.channel() as channel:
            for name in names:
                while not channel.get_table(name):
                    looking.set()

    with (
        ThreadPoolExecutor() as pool,
        connect(tmp_path) as connection,
        connection.channel() as channel,
    ):
        done = pool.submit(look)
        assert looking.wait(10)
        for name in names:
            Queue("work", Exchange(name), routing_key="work")(channel).declare()
        done.result(30)


def test_messages_can_be_read_by_this_user_only(tmp_path: Path) -> None:
    root = tmp_path / "tasks"
    with connect(root) as connection, connection.SimpleQueue("work"):
        assert {path.stat().st_mode & 0o077 for path in root.iterdir()} == {0}
