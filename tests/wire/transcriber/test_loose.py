"""A wrong member of a message is as good as none."""

import pytest

from wire.transcriber.loose import (
    count_of,
    list_of,
    name_of,
    number_of,
    object_of,
    read,
    text_of,
)


@pytest.mark.parametrize("text", [b"", b"hi", b"[]", b"7", b"null", b"{", b'{"a":' + b"[" * 60_000])
def test_what_is_no_object_is_no_message(text: bytes) -> None:
    assert read(text) is None


def test_an_object_is_a_message_also_with_a_mark_or_bad_utf8() -> None:
    assert read(b'\xef\xbb\xbf{"a":1}') == {"a": 1}
    assert read(b'{"a":"\xff"}') == {"a": "\ufffd"}


def test_members_of_the_wrong_kind_are_as_good_as_none() -> None:
    assert (text_of("a"), text_of(None), text_of(7)) == ("a", "", "")
    assert (name_of("a"), name_of(""), name_of(7)) == ("a", None, None)
    assert (number_of(1), number_of(0.5), number_of(True), number_of("1")) == (1.0, 0.5, None, None)
    assert number_of(10**400) is None
    assert [count_of(each) for each in (2, 2.0, 2.5, 0, -1, "2", 2**31)] == [2, 2, 0, 0, 0, 0, 0]
    assert (list_of([{"a": 1}, 7]), list_of({}), list_of(None)) == ([{"a": 1}], [], [])
    assert (object_of({"a": 1}), object_of([])) == ({"a": 1}, {})
