"""Canonical events are values."""

import dataclasses

import pytest

from wire.events import Text, ToolDelta


def test_events_are_compared_by_value_and_never_change() -> None:
    assert Text("Hi") == Text("Hi", choice=0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Text("Hi").text = "no"  # type: ignore[misc]
    assert ToolDelta(0, None, None, "{}").choice == 0
