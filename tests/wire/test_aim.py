"""A request adds to a URL's path and query, and never leaves its origin."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.aim import Aim
from wire.errors import InvalidRequest

BASE = "https://tts.example.com/v1/speak"
EVIL = ["/", "//evil.example.com", "@evil.example.com", "../..", "?x=1", "#", "ä b", "%2F", "\r\n"]


def test_nothing_is_added_where_nothing_is_given() -> None:
    for url in (BASE, f"{BASE}?", f"{BASE}/", f"{BASE}?a=1&b"):
        assert Aim().at(url) == url


def test_the_path_is_appended_where_the_urls_own_ends_as_it_must() -> None:
    aim = Aim(below="/speak", path=("a voice", "stream"))
    assert aim.at(BASE) == f"{BASE}/a%20voice/stream"
    assert aim.at(f"{BASE}/") == f"{BASE}/a%20voice/stream"
    assert aim.at(f"{BASE}/?k=1") == f"{BASE}/a%20voice/stream?k=1"
    assert aim.at(f"{BASE}/fixed/stream") == f"{BASE}/fixed/stream"


def test_parameters_are_added_behind_the_urls_own_bytes() -> None:
    aim = Aim(query=(("rate", "8000"),), unless=(("model", "a/b"), ("k", "other")))
    assert aim.at(BASE) == f"{BASE}?rate=8000&model=a%2Fb&k=other"
    assert aim.at(f"{BASE}?k=%7e+x&") == f"{BASE}?k=%7e+x&&rate=8000&model=a%2Fb"


def test_what_must_be_said_may_be_said_by_the_url_and_not_otherwise() -> None:
    aim = Aim(query=(("rate", "8000"),))
    assert aim.at(f"{BASE}?rate=8000") == f"{BASE}?rate=8000"
    with pytest.raises(InvalidRequest, match="sets `rate`"):
        aim.at(f"{BASE}?rate=24000")


@pytest.mark.parametrize("value", EVIL)
def test_no_value_leaves_the_origin(value: str) -> None:
    aim = Aim(below="/speak", path=(value, "stream"), query=(("q", value),))
    found = urlsplit(aim.at(BASE))
    assert (found.scheme, found.netloc) == ("https", "tts.example.com")
    assert found.path.startswith("/v1/speak/")
    assert not found.fragment


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_no_segment_leads_elsewhere(segment: str) -> None:
    with pytest.raises(InvalidRequest, match="can stand in a URL"):
        Aim(path=(segment, "stream")).at(BASE)


@given(st.text(min_size=3), st.text())
def test_any_text_stays_one_segment_and_one_value(segment: str, value: str) -> None:
    url = Aim(below="", path=(segment,), query=(("q", value),)).at(BASE)
    assert url.startswith(f"{BASE}/")
    assert url.count("/") == BASE.count("/") + 1
    assert url.count("?") == url.count("=") == 1
