"""Migrated databases of both kinds, which threads and other processes may write."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.utils import ConnectionHandler, load_backend
from environs import FileAwareEnv

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Database:
    """A database with the tables of Patchbay, reached as the settings reach it."""

    url: str

    @property
    def settings(self) -> dict[str, Any]:
        given: dict[str, Any] = FileAwareEnv().dj_db_url("NO_SUCH_VARIABLE", self.url)
        if given["ENGINE"].endswith("sqlite3"):
            given["OPTIONS"] = {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
            }
        settings: dict[str, Any] = ConnectionHandler({"default": given}).settings["default"]
        return settings

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Runs one statement on a connection of its own; rows, if it has any."""
        settings = self.settings
        wrapper = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, "default")
        try:
            with wrapper.cursor() as cursor:
                cursor.execute(sql, parameters)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            wrapper.close()

    def events(self) -> dict[str, str]:
        """The outcome of each dispatch; that there is one event for each is the database's rule."""
        return dict(self.query("SELECT dispatch_id, outcome FROM call_events"))


def migrated(url: str) -> Database:
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    return Database(url)
