"""The figures of the ledger and of dispatches in the metrics."""

from dataclasses import fields
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

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


async def test_ended_dispatches_are_counted_by_outcome_and_by_how_long_they_took(
    tmp_path: Path,
) -> None:
    figures = Figures(Admission(limit=1), Ledger(tmp_path, DatabaseSink({})), Crowd(limit=1))
    for outcome, own in (("ok", 0.4), ("ok", 1.0), ("upstream_error", 900.0)):
        ended = final(intent(), outcome=outcome, bytes_out=7, timing_ms={"gateway": own})
        figures.count(ended)
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(figures.text().decode())
        for sample in family.samples
    }
    assert samples["patchbay_dispatches_total", "ok"] == 2
    assert samples["patchbay_dispatches_total", "upstream_error"] == 1
    assert samples["patchbay_bytes_out_total",] == 21
    assert samples["patchbay_gateway_seconds_bucket", "0.0005"] == 1
    assert samples["patchbay_gateway_seconds_bucket", "0.001"] == 2  # an upper bound belongs to it
    assert samples["patchbay_gateway_seconds_bucket", "0.5"] == 2
    assert samples["patchbay_gateway_seconds_bucket", "+Inf"] == 3
    assert samples["patchbay_gateway_seconds_sum",] == 0.9014
    assert samples["patchbay_first_content_seconds_count",] == 0
