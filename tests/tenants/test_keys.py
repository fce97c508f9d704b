import re
import string

from hypothesis import given
from hypothesis import strategies as st

from tenants import keys


def test_new_key_looks_real_and_matches_the_published_pattern() -> None:
    text = keys.new_key().reveal()
    assert keys.looks_real(text)
    assert re.fullmatch(keys.PATTERN, text)


def test_keys_differ_and_carry_at_least_128_random_bits() -> None:
    made = {keys.new_key().reveal() for _ in range(1000)}
    assert len(made) == 1000
    assert 62**keys._RANDOM > 2**128


def test_checksum_is_the_crc32_that_scanners_compute() -> None:
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    number = 0
    for digit in keys.checksum("123456789"):
        number = number * 62 + digits.index(digit)
    assert number == 0xCBF43926  # the check value of CRC-32's definition


def test_key_with_any_one_character_changed_is_not_real() -> None:
    text = keys.new_key().reveal()
    for position in range(len(keys.PREFIX), len(text)):
        other = "a" if text[position] != "a" else "b"
        assert not keys.looks_real(text[:position] + other + text[position + 1 :])


@given(st.text(max_size=80))
def test_garbage_is_never_real_and_always_has_a_digest(text: str) -> None:
    assert not keys.looks_real(text)
    assert not keys.looks_real(keys.PREFIX + text)
    assert re.fullmatch("[0-9a-f]{64}", keys.digest(text))


def test_key_followed_by_a_newline_is_not_real() -> None:
    assert not keys.looks_real(keys.new_key().reveal() + "\n")


def test_longer_text_is_not_real_even_with_a_right_checksum() -> None:
    body = keys.new_key().reveal()[: -keys._CHECKSUM] + "a"
    assert not keys.looks_real(body + keys.checksum(body))


def test_digest_is_the_sha256_of_the_text() -> None:
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert keys.digest("abc") == expected
