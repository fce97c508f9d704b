"""What is registered is blotted out in every shape, and memory stays bounded."""

import json
import sys
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from vault.registry import SHORTEST, SecretRegistry

words = st.text('ab"\\ é%', min_size=SHORTEST, max_size=40)


@given(words, st.text('ab"\\ é%', max_size=30), st.text(max_size=30))
def test_a_registered_text_never_comes_through(secret: str, before: str, after: str) -> None:
    registry = SecretRegistry()
    registry.add(secret)
    blotted = registry.blot(f"{before}{secret}{after}", "\0")
    assert secret not in blotted
    assert "\0" in blotted


def test_json_repr_and_url_shapes_are_blotted() -> None:
    registry = SecretRegistry()
    secret = 'se"cret\\with/odd signs\n'
    registry.add(secret)
    for shape in (json.dumps({"a": secret}), repr([secret]), quote(secret, safe="")):
        assert "odd" not in registry.blot(f"x {shape} y", "***")


def test_the_longest_of_two_secrets_with_one_start_is_blotted() -> None:
    registry = SecretRegistry()
    registry.add("abcdefgh")
    registry.add("abcdefgh-and-more")
    assert registry.blot("1 abcdefgh-and-more 2 abcdefgh 3", "#") == "1 # 2 # 3"


def test_other_text_comes_through_unchanged() -> None:
    registry = SecretRegistry()
    registry.add("abcdefgh-secret")
    assert registry.blot("abcdefgh-public", "#") == "abcdefgh-public"


def test_short_texts_are_not_registered() -> None:
    registry = SecretRegistry()
    registry.add("x" * (SHORTEST - 1))
    assert len(registry) == 0


def test_beyond_the_capacity_the_least_recently_used_is_forgotten_wholly() -> None:
    registry = SecretRegistry(capacity=3)
    for number in range(1000):
        registry.add("secret-of-all")
        registry.add(f"secret-{number:04}")
    assert len(registry) == 3
    assert registry.blot("secret-of-all secret-0999 secret-0500", "#") == "# # secret-0500"
    assert sum(len(each) for each in registry._lengths.values()) == 3


def test_registry_of_full_size_stays_small() -> None:
    registry = SecretRegistry(capacity=100)
    for number in range(10_000):
        registry.add(f"secret-number-{number:06}" * 50)
    assert sys.getsizeof(registry._entries) < 100_000
    assert len(registry._lengths) <= 400
