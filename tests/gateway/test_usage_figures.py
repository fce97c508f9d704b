"""The ledger's figures in the metrics."""

from dataclasses import fields
from pathlib import Path

from gateway.admission import Admission
from gateway.crowd import Crowd
from gateway.figures import Figures
from tests.usage.conftest import sqlite_database, sqlite_template, unblocked
from tests.usage.databases import Database
from tests.usage.dispatches import final, intent
from usage import ledger
from usage.ledger import Ledger
from usage.sink import DatabaseSink

__all__ = ["sqlite_database", "sqlite_template", "unblocked"]


async def test_every_figure_of_the_ledger_is_in_the_metrics(
    tmp_path: Path, sqlite_database: Database
) -> None:
    book = Ledger(tmp_path, DatabaseSink(sqlite_database.settings))
    book.start()
    one = intent()
    book.open(one)
    book.close(final(one))
    book.stop()
    text = Figures(Admission(limit=1), book, Crowd(limit=1)).text().decode()
    for field in fields(ledger.Figures):
        assert f"patchbay_usage_{field.name}" in text
    assert "patchbay_usage_shipped_total 1.0" in text
    assert "patchbay_ledger_healthy 0.0" in text
