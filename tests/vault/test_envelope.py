"""A sealed value opens in its own place with its own key, unchanged, or not at all."""

import base64
import os
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault import envelope
from vault.envelope import DataKey, Place, SecretUnreadable
from vault.keyring import MasterKey

KEY = DataKey("dek_a", os.urandom(32))
PLACE = Place("ten_a", "tenant_providers", "secrets", "prv_a")
MASTER = MasterKey("m1", os.urandom(32))
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=0, max_size=300)
places = st.builds(Place, *[st.text("abc:|\0é", max_size=6) for _ in range(4)])


@given(texts, places)
def test_what_was_sealed_opens_in_its_place(text: str, place: Place) -> None:
    assert envelope.unseal(KEY, place, envelope.seal(KEY, place, text)) == text


@given(texts, places, places)
def test_no_other_place_opens_it(text: str, place: Place, other: Place) -> None:
    sealed = envelope.seal(KEY, place, text)
    if place != other:
        with pytest.raises(SecretUnreadable):
            envelope.unseal(KEY, other, sealed)


def test_every_part_of_the_place_is_bound() -> None:
    sealed = envelope.seal(KEY, PLACE, "token")
    for part in ("tenant", "table", "column", "row"):
        with pytest.raises(SecretUnreadable):
            envelope.unseal(KEY, replace(PLACE, **{part: "other"}), sealed)
    for moved in set(permutations([PLACE.tenant, PLACE.table, PLACE.column, PLACE.row])):
        if Place(*moved) != PLACE:
            with pytest.raises(SecretUnreadable):
                envelope.unseal(KEY, Place(*moved), sealed)


def test_characters_moved_between_neighbouring_parts_do_not_open_it() -> None:
    sealed = envelope.seal(KEY, Place("ab", "c", "d", "e"), "token")
    with pytest.raises(SecretUnreadable):
        envelope.unseal(KEY, Place("a", "bc", "d", "e"), sealed)


def test_every_flipped_bit_and_every_truncation_of_one_record_is_refused() -> None:
    sealed = envelope.seal(KEY, PLACE, "a token of moderate length")
    head, _, body = sealed.rpartition(":")
    raw = base64.urlsafe_b64decode(body)
    damaged = [raw[:cut] for cut in range(len(raw))]
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        damaged.append(bytes(changed))
    for each in damaged:
        with pytest.raises(SecretUnreadable):
            envelope.unseal(KEY, PLACE, f"{head}:{base64.urlsafe_b64encode(each).decode()}")


def test_every_change_of_one_character_of_the_text_is_refused() -> None:
    sealed = envelope.seal(KEY, PLACE, "token")
    for at in range(len(sealed)):
        for character in "A:=-\n":
            changed = sealed[:at] + character + sealed[at + 1 :]
            if changed != sealed:
                with pytest.raises(SecretUnreadable):
                    envelope.unseal(KEY, PLACE, changed)
        with pytest.raises(SecretUnreadable):
            envelope.unseal(KEY, PLACE, sealed[:at])


@given(texts)
def test_arbitrary_text_is_never_returned_as_a_secret(text: str) -> None:
    with pytest.raises(SecretUnreadable):
        envelope.unseal(KEY, PLACE, text)


def test_another_data_key_or_the_same_id_with_other_material_does_not_open_it() -> None:
    sealed = envelope.seal(KEY, PLACE, "token")
    with pytest.raises(SecretUnreadable, match="dek_a"):
        envelope.unseal(DataKey("dek_b", KEY.material), PLACE, sealed)
    with pytest.raises(SecretUnreadable, match="dek_a"):
        envelope.unseal(DataKey("dek_a", os.urandom(32)), PLACE, sealed)


def test_length_of_a_token_shows_only_its_bucket_of_64_bytes() -> None:
    lengths = {len(envelope.seal(KEY, PLACE, "x" * size)) for size in range(64)}
    assert len(lengths) == 1
    assert len(envelope.seal(KEY, PLACE, "x" * 64)) > lengths.pop()


def test_sealing_twice_gives_different_texts() -> None:
    assert envelope.seal(KEY, PLACE, "token") != envelope.seal(KEY, PLACE, "token")


def test_data_key_opens_for_its_tenant_id_and_master_key_only() -> None:
    wrapped = envelope.wrap(MASTER, "ten_a", KEY)
    assert envelope.unwrap(MASTER, "ten_a", "dek_a", wrapped) == KEY
    other = MasterKey("m2", os.urandom(32))
    for master, tenant, key_id, data in (
        (MASTER, "ten_b", "dek_a", wrapped),
        (MASTER, "ten_a", "dek_b", wrapped),
        (MASTER, "ten_a", "dek_a", wrapped[:-1]),
        (MASTER, "ten_a", "dek_a", b""),
        (other, "ten_a", "dek_a", wrapped),
    ):
        with pytest.raises(SecretUnreadable, match=master.id):
            envelope.unwrap(master, tenant, key_id, data)


def test_errors_and_reprs_hold_no_part_of_value_or_key() -> None:
    sealed = envelope.seal(KEY, PLACE, "token-canary")
    with pytest.raises(SecretUnreadable) as caught:
        envelope.unseal(KEY, replace(PLACE, row="other"), sealed)
    assert sealed[-20:] not in str(caught.value)
    assert repr(KEY.material) not in repr(KEY)
