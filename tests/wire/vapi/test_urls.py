"""The URL of a server made for Vapi."""

import pytest

from wire.vapi.urls import url

BASE = "https://llm.example.com/v1"


@pytest.mark.parametrize(
    ("target", "called"),
    [
        (BASE, f"{BASE}/chat/completions"),
        (f"{BASE}/?key=a%2Fb", f"{BASE}/chat/completions?key=a%2Fb"),
        (f"{BASE}/chat/completions", f"{BASE}/chat/completions"),
        (f"{BASE}/chat/completions/", f"{BASE}/chat/completions"),
        (f"{BASE}/chat/completions/stream?x", f"{BASE}/chat/completions/stream?x"),
    ],
)
def test_path_is_put_behind_a_base_and_not_twice(target: str, called: str) -> None:
    assert url(target) == called
