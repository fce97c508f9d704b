"""What this process counts, in the Prometheus text format."""

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from gateway import strangers
from gateway.admission import Admission
from gateway.crowd import Crowd
from usage.ledger import Ledger
from usage.records import Final

_SECONDS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 5.0, 15.0)
_OWN_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5)

_USAGE_GAUGES = {
    "spool_bytes": "Bytes of usage that wait in this process's spool.",
    "behind_seconds": "Age of the oldest usage record that is not in the database.",
    "unwritten": "Ends of dispatches that no disk has taken yet.",
    "rejected_bytes": "Bytes kept aside in SPOOL_DIR/rejected for a person to look at.",
}
_USAGE_COUNTERS = {
    "shipped": "Usage events shipped to the database.",
    "lost": "Those of them that recovery closed as lost_process.",
    "rejected": "Usage records that can never be shipped, kept aside.",
    "conflicts": "Those of them that told another story than the event that is there.",
    "failures": "Attempts at shipping that failed and were made again.",
}


class Figures(Collector):
    """Dispatches that have ended, counted without the library's locks: one thread counts them.

    Gauges are read when somebody asks for them.
    """

    def __init__(self, admission: Admission, ledger: Ledger, crowd: Crowd[Any]) -> None:
        self.registry = CollectorRegistry()
        self._dispatches: Counter[str] = Counter()
        self._bytes = 0
        self._content = _Histogram(
            "patchbay_first_content_seconds",
            "Request received to first content in hand.",
            _SECONDS,
        )
        self._own = _Histogram(
            "patchbay_gateway_seconds", "Patchbay's own share of a dispatch.", _OWN_SECONDS
        )
        self.registry.register(self)
        self.registry.register(_Gauges(admission, ledger, crowd))

    def count(self, final: Final) -> None:
        self._dispatches[final.outcome] += 1
        self._bytes += final.bytes_out
        if (content := final.timing_ms.get("first_content")) is not None:
            self._content.add(content / 1000)
        if (own := final.timing_ms.get("gateway")) is not None:
            self._own.add(own / 1000)

    def collect(self) -> Iterable[Metric]:
        dispatches = CounterMetricFamily(
            "patchbay_dispatches", "Dispatches ended.", labels=["outcome"]
        )
        for outcome, count in self._dispatches.items():
            dispatches.add_metric([outcome], count)
        yield dispatches
        yield CounterMetricFamily(
            "patchbay_bytes_out", "Bytes of answers sent to callers.", self._bytes
        )
        yield self._content.family()
        yield self._own.family()

    def text(self) -> bytes:
        return generate_latest(self.registry)


class _Histogram:
    """`bounds` are upper ones, in seconds."""

    def __init__(self, name: str, help_text: str, bounds: tuple[float, ...]) -> None:
        self._name = name
        self._help_text = help_text
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def family(self) -> Metric:
        names = [*map(str, self._bounds), "+Inf"]
        buckets = list(zip(names, accumulate(self._counts), strict=True))
        return HistogramMetricFamily(self._name, self._help_text, buckets, self._sum)


class _Gauges(Collector):
    def __init__(self, admission: Admission, ledger: Ledger, crowd: Crowd[Any]) -> None:
        self._admission = admission
        self._ledger = ledger
        self._crowd = crowd

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "patchbay_open_dispatches", "Dispatches running now.", self._admission.open
        )
        yield GaugeMetricFamily(
            "patchbay_tasks", "Tasks in the event loop.", len(asyncio.all_tasks())
        )
        yield GaugeMetricFamily(
            "patchbay_draining", "1 while this process shuts down.", self._admission.draining
        )
        yield GaugeMetricFamily(
            "patchbay_ledger_healthy", "1 while usage can be recorded.", self._ledger.healthy
        )
        yield CounterMetricFamily(
            "patchbay_connections_turned_away",
            "Connections closed for want of room.",
            self._crowd.turned_away,
        )
        yield _stranger_lines()
        figures = self._ledger.figures
        for name, help_text in _USAGE_GAUGES.items():
            yield GaugeMetricFamily(f"patchbay_usage_{name}", help_text, getattr(figures, name))
        for name, help_text in _USAGE_COUNTERS.items():
            yield CounterMetricFamily(f"patchbay_usage_{name}", help_text, getattr(figures, name))


def _stranger_lines() -> Metric:
    family = CounterMetricFamily(
        "patchbay_strangers_lines",
        "Log lines that strangers caused, written or not.",
        labels=["kind"],
    )
    for kind in strangers.KINDS:
        family.add_metric([kind], strangers.lines.seen[kind])
    return family
