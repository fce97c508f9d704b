"""VAULT_KEYS is read strictly, and a fault in it names the key, never shows it."""

import base64
import hashlib
import hmac

import pytest

from vault.keyring import BadKeyring, parse

ONE, TWO = (hashlib.sha256(seed).digest() for seed in (b"one", b"two"))


def encoded(material: bytes) -> str:
    return base64.b64encode(material).decode()


def test_first_key_encrypts_and_all_are_found_by_id() -> None:
    ring = parse(f"one:{encoded(ONE)}, two:{encoded(TWO)} ,")
    assert ring.primary.id == "one"
    assert [key.material for key in ring] == [ONE, TWO]
    assert ring.get("two") is not None
    assert ring.get("three") is None


def test_urlsafe_base64_is_read_too() -> None:
    assert parse(f"a:{base64.urlsafe_b64encode(ONE).decode()}").primary.material == ONE


def test_check_value_is_the_published_function_of_the_key() -> None:
    expected = hmac.new(ONE, b"kcv-v1", hashlib.sha256).digest()[:8]
    assert parse(f"a:{encoded(ONE)}").primary.check_value == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no master key"),
        (" , ", "no master key"),
        ("k1:not base64!", "'k1' is not base64"),
        (f"k1:{encoded(ONE[:31])}", "'k1' has 31 bytes"),
        (f"k1:{encoded(ONE + b'x')}", "'k1' has 33 bytes"),
        ("k1:", "'k1' has 0 bytes"),
        (f"k1:{encoded(bytes(32))}", "'k1' is not random"),
        (f"k1:{encoded(ONE)},k1:{encoded(TWO)}", "'k1' is given twice"),
        (f"k1:{encoded(ONE)},k2:{encoded(ONE)}", "'k1' and 'k2' are the same"),
        (encoded(ONE), "not of the form id:base64key"),
        (f"bad id:{encoded(ONE)}", "not of the form id:base64key"),
        (f":{encoded(ONE)}", "not of the form id:base64key"),
    ],
)
def test_a_fault_is_named_and_no_key_is_shown(text: str, says: str) -> None:
    with pytest.raises(BadKeyring) as caught:
        parse(text)
    assert says in str(caught.value)
    assert encoded(ONE)[:16] not in str(caught.value)


def test_repr_of_a_master_key_hides_it() -> None:
    key = parse(f"k1:{encoded(ONE)}").primary
    assert "k1" in repr(key)
    assert repr(ONE) not in repr(key)
