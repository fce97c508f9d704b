"""Settings of wire formats are checked from their declarations."""

import pytest
from msgspec import Raw

from wire.settings import (
    DEEPEST,
    OneOf,
    Setting,
    is_count,
    is_flag,
    is_flag_or_names,
    is_names,
    is_object,
    is_text,
    setting_errors,
    with_added,
    without_dropped,
)

FLAG = Setting("loud", "Speaks up.", "true or false", False, is_flag)
NAMES = Setting("drop", "Leaves out.", "a list of names", [], is_names)


def test_known_settings_with_fitting_values_pass() -> None:
    assert setting_errors((FLAG, NAMES), {"loud": True, "drop": ["a", "b"]}) == {}


def test_unknown_name_and_wrong_value_are_told_by_name() -> None:
    errors = setting_errors((FLAG,), {"loud": "yes", "quiet": 1})
    assert errors == {
        "loud": "Must be true or false.",
        "quiet": "This wire format has no such setting.",
    }


@pytest.mark.parametrize("value", ["a", ["a", 1], [""], {"a": 1}, None])
def test_names_are_a_list_of_filled_strings(value: object) -> None:
    assert not is_names(value)


def test_a_flag_or_names_is_either() -> None:
    assert is_flag_or_names(False)
    assert is_flag_or_names([])
    assert not is_flag_or_names(0)


@pytest.mark.parametrize(
    ("value", "valid"), [(1, True), (0, False), (True, False), ("1", False), (1.5, False)]
)
def test_a_count_is_a_whole_number_above_zero(value: object, valid: bool) -> None:
    assert is_count(value) is valid


def nested(levels: int) -> dict[str, object]:
    inner: dict[str, object] = {}
    for _ in range(levels - 1):
        inner = {"a": inner}
    return inner


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        (nested(DEEPEST), True),
        (nested(DEEPEST + 1), False),
        ({"a": [[] for _ in range(1000)]}, True),
        ({"a": "\\u0000"}, True),
        ({"a": ["\0"]}, False),
        ({"\0": 1}, False),
        ({"a": 2**63 - 1, "b": -(2**63), "c": 0.5, "d": True, "e": None}, True),
        ({"a": 2**63}, False),
        ({"a": 1e30}, False),
        ({"a": "x" * 16 * 1024}, False),
        ([], False),
    ],
)
def test_an_object_is_one_that_every_database_gives_back(value: object, valid: bool) -> None:
    assert is_object(value) is valid


@pytest.mark.parametrize(
    ("value", "valid"),
    [("a, b", True), ("", False), ("x" * 201, False), (1, False), (["a"], False)],
)
def test_a_text_is_a_short_filled_string(value: object, valid: bool) -> None:
    assert is_text(value) is valid


def test_members_that_an_endpoint_refuses_are_dropped() -> None:
    fields = {"a": 1, "b": 2}
    assert without_dropped(fields, {"drop_fields": ["b", "c"]}) == {"a": 1}
    assert without_dropped(fields, {}) == fields


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ({}, True),
        ({"a": {"b": [1]}}, True),
        ([], False),
        ("{}", False),
        ({"a": "x" * 17000}, False),
        ({"a": "\ud83d"}, False),
    ],
)
def test_an_object_is_one_of_moderate_size(value: object, valid: bool) -> None:
    assert is_object(value) is valid


def test_members_that_an_endpoint_wants_are_added_in_objects_one_by_one() -> None:
    fields = {"a": 1, "deep": {"kept": 1, "changed": 2, "list": [1]}, "flat": {"b": 1}}
    added = {"c": 3, "deep": {"changed": {"d": 4}, "list": [2]}, "flat": 5}
    assert with_added(fields, {"add_fields": added}) == {
        "a": 1, "c": 3, "deep": {"kept": 1, "changed": {"d": 4}, "list": [2]}, "flat": 5,
    }  # fmt: skip
    assert with_added(fields, {}) == fields
    assert fields["flat"] == {"b": 1}


def test_members_that_are_raw_are_opened_only_where_something_is_added_to_them() -> None:
    fields = {"a": Raw(b'{"x": 1e5}'), "b": Raw(b'{"x": 1}'), "c": Raw(b"7"), "d": Raw(b"{bad")}
    added = {"b": {"y": 2}, "c": {"z": 3}, "d": {"z": 4}}
    found = with_added(fields, {"add_fields": added})
    assert found.pop("a") is fields["a"]
    assert found == {"b": {"x": 1, "y": 2}, "c": {"z": 3}, "d": {"z": 4}}


def test_one_of_several_words_is_meant() -> None:
    valid = OneOf("off", "on")
    assert (valid("off"), valid("all"), valid(None)) == (True, False, False)
    assert valid.words == ("off", "on")
