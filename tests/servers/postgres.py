"""A private PostgreSQL."""

import os
import re
import subprocess
from itertools import count
from pathlib import Path

import psycopg

from tests.servers.program import Program, missing

_PROGRAMS = Path("/usr/lib/postgresql")
_numbers = count(1)


def programs() -> Path:
    """The folder of the newest installed `initdb` and `postgres`."""
    found = sorted(
        (path for path in _PROGRAMS.glob("*/bin") if (path / "postgres").exists()),
        key=lambda path: float(re.sub(r"[^0-9.]", "", path.parent.name) or 0),
    )
    if not found:
        missing(f"no PostgreSQL below {_PROGRAMS} (Debian: apt-get install postgresql)")
    return found[-1]


def new_database(admin_url: str) -> str:
    """Makes an empty database on the server of `admin_url` and gives its URL."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return re.sub(r"/[^/?]*(\?.*)?$", rf"/{name}\1", admin_url)


class Postgres(Program):
    """Started with `start`, ended with `close`; `fsync` is off: it survives kills only."""

    user = "postgres" if os.geteuid() == 0 else None

    def __init__(self) -> None:
        self._programs = programs()
        super().__init__()
        initdb = [str(self._programs / "initdb"), "-D", str(self.folder / "data"), "-U", "patchbay"]
        options = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(
            [*self._dying_with_us(), *initdb, *options],
            check=True,
            capture_output=True,
            cwd=self.folder,
        )

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "max_connections": "120",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        data = str(self.folder / "data")
        return [str(self._programs / "postgres"), "-D", data, "-p", str(self.port), *options]

    @property
    def admin_url(self) -> str:
        return f"postgres://patchbay@127.0.0.1:{self.port}/postgres"

    def answers(self) -> bool:
        try:
            psycopg.connect(self.admin_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def new_database(self) -> str:
        """The URL of a new, empty database, fit for `DATABASE_URL`."""
        return new_database(self.admin_url)


class GivenPostgres:
    """A server that somebody else runs (`TEST_DATABASE_URL`): it can be used, not stopped."""

    def __init__(self, admin_url: str) -> None:
        self.admin_url = admin_url

    def new_database(self) -> str:
        return new_database(self.admin_url)
