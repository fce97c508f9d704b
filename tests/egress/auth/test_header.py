import pytest

from egress.auth.base import MAX_SECRET
from egress.auth.registry import auth_type_named

AUTH = auth_type_named("header")


def test_a_missing_field_is_named() -> None:
    assert AUTH.problems({}, {}) == {"header": "Fill this in.", "value": "Fill this in."}


def test_header_adds_the_chosen_header() -> None:
    assert AUTH.problems({"header": "X-Api-Key"}, {"value": "Token a"}) == {}
    assert AUTH.headers({"header": "X-Api-Key"}, {"value": "v"}) == (("x-api-key", "v"),)


@pytest.mark.parametrize(
    "name",
    [
        "Host", "content-length", "Transfer-Encoding", "connection", "Cookie", "TE", "upgrade",
        "X-Forwarded-For", "content-type", "proxy-authorization", "expect", "x-patchbay-hops",
        "sec-websocket-key", "a b", "a:b", "", "é", "a\r\nb", "n" * 101,
    ],
)  # fmt: skip
def test_a_header_that_would_change_the_message_is_refused(name: str) -> None:
    assert set(AUTH.problems({"header": name}, {"value": "v"})) == {"header"}


@pytest.mark.parametrize("value", ["a\r\nb: c", " a", "a ", "é", "\x00", "x" * (MAX_SECRET + 1)])
def test_a_header_value_that_cannot_be_sent_is_refused(value: str) -> None:
    assert set(AUTH.problems({"header": "x-api-key"}, {"value": value})) == {"value"}
