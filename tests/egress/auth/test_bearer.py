import pytest

from egress.auth.registry import auth_type_named

AUTH = auth_type_named("bearer")


def test_bearer_adds_an_authorization_header() -> None:
    assert AUTH.problems({}, {"token": "sk-a.b_c~+/1|x="}) == {}
    assert AUTH.headers({}, {"token": "t"}) == (("authorization", "Bearer t"),)


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
    assert set(AUTH.problems({}, {"token": token})) == {"token"}
