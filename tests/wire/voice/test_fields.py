"""Members of requests."""

import msgspec
import pytest

from wire.errors import InvalidRequest
from wire.voice.fields import read_string, read_text, short_language, voice_of, without_nulls

FIELDS = {name: msgspec.Raw(text) for name, text in
          {"a": b'"Hi"', "null": b"null", "empty": b'""', "number": b"5"}.items()}  # fmt: skip


def test_a_string_is_read_and_may_be_missing() -> None:
    assert [read_string(FIELDS, name) for name in ("a", "null", "b")] == ["Hi", None, None]
    assert read_text(FIELDS, "a") == "Hi"


@pytest.mark.parametrize(
    ("name", "says"), [("b", "missing"), ("null", "missing"), ("empty", "empty"),
                       ("number", "must be a string")],
)  # fmt: skip
def test_a_text_must_be_there(name: str, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says) as refused:
        read_text(FIELDS, name)
    assert refused.value.param == name


def test_what_is_none_is_not_written() -> None:
    assert without_nulls({"a": 1, "b": None, "c": ""}) == b'{"a":1,"c":""}'
    assert without_nulls({"text": "\ud83d"}) == b'{"text":"\\ud83d"}'


def test_the_endpoints_own_voice_comes_first() -> None:
    assert voice_of("theirs", {"voice": "own"}) == "own"
    assert voice_of("theirs", {}) == "theirs"
    assert voice_of(None, {}) is None


def test_a_language_loses_its_country() -> None:
    assert [short_language(name) for name in ("en-US", "DE", "", None)] == ["en", "de", None, None]
