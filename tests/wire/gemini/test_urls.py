"""The URL of a request to Gemini."""

import pytest

from wire.gemini.urls import url

BASE = "https://g.example.com/v1beta"
VERTEX = "https://v.example.com/v1/projects/p/locations/l/publishers/google"
STREAM = ":streamGenerateContent?alt=sse"


@pytest.mark.parametrize(
    ("target", "called"),
    [
        (BASE, f"{BASE}/models/house{STREAM}"),
        (f"{BASE}/", f"{BASE}/models/house{STREAM}"),
        (f"{BASE}/models", f"{BASE}/models/house{STREAM}"),
        (f"{BASE}/models/", f"{BASE}/models/house{STREAM}"),
        (f"{BASE}/models/theirs", f"{BASE}/models/house{STREAM}"),
        (f"{BASE}/models/theirs:generateContent", f"{BASE}/models/house{STREAM}"),
        (f"{BASE}/models/theirs{STREAM}", f"{BASE}/models/house{STREAM}"),
        (f"{VERTEX}/models/theirs", f"{VERTEX}/models/house{STREAM}"),
        (f"{BASE}/models/a/proxy", f"{BASE}/models/a/proxy/models/house{STREAM}"),
        ("https://g.example.com/", f"https://g.example.com/models/house{STREAM}"),
    ],
)
def test_model_and_method_are_put_behind_what_the_url_has(target: str, called: str) -> None:
    assert url(target, model="house", asked=None, stream=True) == called


def test_whole_answer_has_its_own_method() -> None:
    whole = url(f"{BASE}/models/m{STREAM}", model="", asked=None, stream=False)
    assert whole == f"{BASE}/models/m:generateContent"


def test_own_model_comes_before_the_urls_and_that_before_the_callers() -> None:
    named = f"{BASE}/models/gemini-2.5-flash"
    assert url(named, model="", asked="gpt-4o", stream=True) == named + STREAM
    assert url(BASE, model="", asked="gpt-4o", stream=True) == f"{BASE}/models/gpt-4o{STREAM}"
    assert url(BASE, model="", asked=None, stream=True) == f"{BASE}/models/default{STREAM}"
    assert url(BASE, model="models/m", asked="x", stream=True) == f"{BASE}/models/m{STREAM}"


@pytest.mark.parametrize("asked", ["../../admin", "a/b?key=1#x", "@evil.example", "é:x"])
def test_no_model_that_a_caller_asks_for_leads_elsewhere(asked: str) -> None:
    called = url(BASE, model="", asked=asked, stream=False)
    name = called.removeprefix(f"{BASE}/models/").removesuffix(":generateContent")
    assert not set(name) & set("/?#@:é")
    assert called == f"{BASE}/models/{name}:generateContent"


def test_rest_of_the_query_stays_byte_for_byte() -> None:
    target = f"{BASE}?key=a%2Fb&alt=json&&x"
    assert url(target, model="m", asked=None, stream=False) == (
        f"{BASE}/models/m:generateContent?key=a%2Fb&x"
    )
    assert url(target, model="m", asked=None, stream=True) == (
        f"{BASE}/models/m:streamGenerateContent?key=a%2Fb&x&alt=sse"
    )
