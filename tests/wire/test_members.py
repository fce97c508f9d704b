"""Members of a JSON object keep their bytes; odd JSON is read as far as it can be."""

import json

import pytest

from wire.errors import InvalidRequest
from wire.members import dumps, join_members, loads, raw, read_member, split_members

DEEP = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def test_members_keep_their_bytes_and_order() -> None:
    body = b'{ "b": 12345678901234567890123, "a": [1, 2.50],"c":"\\u00e9\xc3\xa9" }\n'
    members = split_members(body)
    assert {name: bytes(member) for name, member in members.items()} == {
        "b": b"12345678901234567890123", "a": b"[1, 2.50]", "c": b'"\\u00e9\xc3\xa9"',
    }  # fmt: skip
    assert join_members({**members, "d": {"new": True}}) == (
        b'{"b":12345678901234567890123,"a":[1, 2.50],"c":"\\u00e9\xc3\xa9","d":{"new":true}}'
    )


def test_byte_order_mark_is_no_part_of_the_body() -> None:
    assert bytes(split_members(b'\xef\xbb\xbf{"a":1}')["a"]) == b"1"


@pytest.mark.parametrize(
    ("body", "member"), [(b'{"a":"\\ud83d"}', b'"\\ud83d"'), (b'{"a":NaN}', b"NaN")]
)
def test_half_an_emoji_and_nan_are_carried_on(body: bytes, member: bytes) -> None:
    assert bytes(split_members(body)["a"]) == member


def test_half_an_emoji_in_a_name_is_replaced() -> None:
    assert list(split_members(b'{"\\ud83d":1}')) == ["?"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not valid JSON: Expecting value"),
        (b'{"a":1', "not valid JSON"),
        (b'{"\xff":1}', "not valid JSON"),
        (b"[1]", "must be a JSON object"),
        (b"NaN", "must be a JSON object"),
        (DEEP, "nested too deeply"),
        (b'{"n":NaN,' + DEEP[1:], "nested too deeply"),
    ],
)
def test_anything_else_is_refused_with_the_reason(body: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        split_members(body)


def test_32_mib_are_split_without_being_built() -> None:
    picture = b'"' + b"x" * (32 << 20) + b'"'
    members = split_members(b'{"messages":[' + picture + b'],"stream":true}')
    assert memoryview(members["messages"]).nbytes == len(picture) + 2


def test_raw_members_are_ascii() -> None:
    assert bytes(raw({"a": "é"})) == b'{"a":"\\u00e9"}'


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf\n{"a":[1]}', {"a": [1]}),
        (b'"\\ud83d"', "\ud83d"),
        (b'"\xff"', "\ufffd"),
        (b"NaN", json.loads("NaN")),
    ],
)
def test_odd_values_are_read(body: bytes, value: object) -> None:
    assert repr(loads(body)) == repr(value)


@pytest.mark.parametrize("body", [b"", b"{", b"data", DEEP])
def test_what_is_no_value_raises_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        loads(body)


def test_member_is_read_as_what_it_should_be() -> None:
    fields = split_members(b'{"a":1,"b":null,"c":"x\\ud83d"}')
    assert read_member(fields, "a", int) == 1
    assert read_member(fields, "b", int) is None
    assert read_member(fields, "missing", int) is None
    assert read_member(fields, "c", str) == "x\ud83d"


def test_member_of_another_kind_is_refused_by_name() -> None:
    for fields in ({"a": b'"one"'}, {"a": DEEP[5:-1]}):
        with pytest.raises(InvalidRequest, match="`a` cannot be read") as refused:
            read_member(fields, "a", int)
        assert refused.value.param == "a"


def test_json_is_written_with_half_an_emoji_as_its_escape() -> None:
    assert dumps({"a": "é"}) == '{"a":"é"}'.encode()
    assert dumps({"a": "\ud83d"}) == b'{"a":"\\ud83d"}'
