"""The messages of jambonz' streaming TTS."""

import json

import pytest

from wire.jambonz.messages import connect, error, is_error, rate_of, sane_rate, sound_of, stream


def test_messages_are_written_as_jambonz_documents_them() -> None:
    assert json.loads(stream("Grüße 👋")) == {"type": "stream", "text": "Grüße 👋"}
    assert connect(8000) == (
        b'{"type":"connect","data":{"sample_rate":8000,"base64_encoding":false}}'
    )
    assert error("No.") == b'{"type":"error","error":"No."}'


def test_errors_may_lack_their_type() -> None:
    assert is_error({"type": "error"})
    assert is_error({"error": "boom"})
    assert not is_error({"error": ""})
    assert not is_error({"type": "data", "error": "none"})


@pytest.mark.parametrize(
    ("rate", "found"),
    [(16_000, 16_000), (8000.0, 8000), ("8000", 0), (1, 0), (10**9, 0), (None, 0)],
)
def test_rate_that_nothing_has_is_none(rate: object, found: int) -> None:
    assert rate_of({"data": {"sample_rate": rate}}) == found
    assert rate_of({"data": [rate]}) == 0


@pytest.mark.parametrize(("rate", "sane"), [(3999, 0), (4000, 4000), (192_000, 192_000)])
def test_bounds_of_rates(rate: int, sane: int) -> None:
    assert sane_rate(rate) == sane


def test_sound_in_text_is_base64() -> None:
    assert sound_of({"data": {"audio": "AQI="}}) == b"\1\2"
    for odd in ({}, {"data": 1}, {"data": {"audio": None}}, {"data": {"audio": "A"}}):
        assert sound_of(odd) is None
