"""A histogram whose figures may be an eighth too high, and never too low."""

import random

import pytest

from gateway.delays import Delays


def test_without_frames_there_are_no_figures() -> None:
    assert Delays().as_json() == {}


@pytest.mark.parametrize("scale", [1e-6, 1e-4, 1e-2, 1.0, 1000.0])
def test_quantiles_are_those_of_what_was_added(scale: float) -> None:
    delays, given = Delays(), [random.expovariate(1 / scale) for _ in range(2000)]
    for each in given:
        delays.add(each)
    given.sort()
    told = delays.as_json()
    assert told["max"] == pytest.approx(given[-1] * 1000, abs=0.001)
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        exact = given[int(share * 2000) - 1] * 1000
        if scale < 10:
            assert exact - 0.002 <= told[name] <= exact * 1.13 + 0.002


def test_one_frame_is_all_of_them() -> None:
    delays = Delays()
    delays.add(0.0123)
    assert delays.as_json() == {"p50": 12.3, "p99": 12.3, "max": 12.3}
