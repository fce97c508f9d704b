import pytest
from hypothesis import given
from hypothesis import strategies as st

from egress.errors import HeaderRefused
from egress.exchange import Clocks, Request
from egress.head import OWN_HEADERS, encode_head
from egress.urls import CheckedUrl

URL = CheckedUrl("https", "llm.example.com", 8443, "/v1?x=1", False)


def encode(
    *headers: tuple[str, str], method: str = "POST", body: bytes = b"abc", hops: int = 1
) -> bytes:
    return encode_head(Request(method, "", headers, body, Clocks(), (), hops), URL)


def test_a_head_is_complete_and_in_order() -> None:
    assert encode(("Authorization", "Bearer t"), ("x-a", "")) == (
        b"POST /v1?x=1 HTTP/1.1\r\n"
        b"host: llm.example.com:8443\r\n"
        b"accept-encoding: identity\r\n"
        b"x-patchbay-hops: 1\r\n"
        b"Authorization: Bearer t\r\n"
        b"x-a: \r\n"
        b"content-length: 3\r\n"
        b"\r\n"
    )


def test_a_post_says_its_length_and_a_get_only_when_it_has_one() -> None:
    assert b"content-length: 0\r\n" in encode(body=b"")
    assert b"content-length" not in encode(method="GET", body=b"")
    assert b"content-length: 3\r\n" in encode(method="GET")


def test_the_hops_are_told() -> None:
    assert b"x-patchbay-hops: 2\r\n" in encode(hops=2)


@pytest.mark.parametrize("method", ["HEAD", "CONNECT", "post", "POST /evil HTTP/1.1\r\n", ""])
def test_only_get_and_post_are_sent(method: str) -> None:
    with pytest.raises(HeaderRefused):
        encode(method=method)


@pytest.mark.parametrize("name", sorted(OWN_HEADERS))
def test_a_header_that_the_door_writes_cannot_be_given(name: str) -> None:
    for spelling in (name, name.upper(), name.title()):
        with pytest.raises(HeaderRefused):
            encode((spelling, "x"))


@pytest.mark.parametrize(
    "name", ["", "a b", "a:", "a\r\nb", "é", "a\0", "(a)", "a\t", ":path", " a"]
)
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    with pytest.raises(HeaderRefused):
        encode((name, "x"))


@pytest.mark.parametrize(
    "value",
    ["a\r\nb: c", "a\nb", "a\rb", "a\0", " a", "a ", "\ta", "\x7f", "a\x1f", "ł", "😀", "\x85"],
)
def test_a_value_that_could_break_the_line_is_refused(value: str) -> None:
    if value == "\x85":
        assert b"x-a: \x85\r\n" in encode(("x-a", value)), "one byte of Latin-1, no line break"
        return
    with pytest.raises(HeaderRefused) as caught:
        encode(("x-a", value))
    assert caught.value.detail == "A header value holds a character that cannot be sent."


@given(st.text(max_size=20), st.text(max_size=40))
def test_no_text_adds_a_line(name: str, value: str) -> None:
    try:
        head = encode((name, value))
    except HeaderRefused:
        return
    assert head.count(b"\r\n") == head.count(b"\n") == head.count(b"\r") == 7
    assert head.endswith(b"\r\ncontent-length: 3\r\n\r\n")
