import pytest

from egress.auth.base import MAX_SECRET
from egress.auth.registry import auth_type_named

NONE, BEARER, HEADER = (auth_type_named(name) for name in ("none", "bearer", "header"))


def test_none_adds_nothing_and_knows_no_field() -> None:
    assert NONE.headers({}, {}) == ()
    assert NONE.problems({}, {}) == {}
    assert NONE.problems({}, {"token": "t"}) == {"token": "None has no such field."}


def test_bearer_adds_an_authorization_header() -> None:
    assert BEARER.problems({}, {"token": "sk-a.b_c~+/1|x="}) == {}
    assert BEARER.headers({}, {"token": "t"}) == (("authorization", "Bearer t"),)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a b",
        "a\r\nx-evil: 1",
        "a\n",
        "\ta",
        "tökén",
        "a\x00",
        "Bearer abc",
        "a\x7f",
        "x" * 8193,
    ],
)
def test_a_token_that_is_not_visible_ascii_is_refused(token: str) -> None:
    assert set(BEARER.problems({}, {"token": token})) == {"token"}


def test_a_missing_field_is_named() -> None:
    assert HEADER.problems({}, {}) == {"header": "Fill this in.", "value": "Fill this in."}


def test_header_adds_the_chosen_header() -> None:
    assert HEADER.problems({"header": "X-Api-Key"}, {"value": "Token a"}) == {}
    assert HEADER.headers({"header": "X-Api-Key"}, {"value": "v"}) == (("x-api-key", "v"),)


@pytest.mark.parametrize(
    "name",
    [
        "Host", "content-length", "Transfer-Encoding", "connection", "Cookie", "TE", "upgrade",
        "X-Forwarded-For", "content-type", "proxy-authorization", "expect", "x-patchbay-hops",
        "sec-websocket-key", "a b", "a:b", "", "é", "a\r\nb", "n" * 101,
    ],
)  # fmt: skip
def test_a_header_that_would_change_the_message_is_refused(name: str) -> None:
    assert set(HEADER.problems({"header": name}, {"value": "v"})) == {"header"}


@pytest.mark.parametrize("value", ["a\r\nb: c", " a", "a ", "é", "\x00", "x" * (MAX_SECRET + 1)])
def test_a_header_value_that_cannot_be_sent_is_refused(value: str) -> None:
    assert set(HEADER.problems({"header": "x-api-key"}, {"value": value})) == {"value"}
