"""Ids: made in one shape, and known by it."""

import pytest

from tenants.ids import looks_like_id, new_id, sibling_id, unguessable_id


def test_an_id_that_was_made_looks_like_one_of_its_kind() -> None:
    for made in (new_id("agt"), unguessable_id("agt")):
        assert looks_like_id("agt", made)
        assert not looks_like_id("end", made)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "0",
        lambda text: text[:-1],
        lambda text: text.upper(),
        lambda text: text[:-1] + "\0",
        lambda text: text[:-1] + "é",
        lambda text: text.replace("_", ""),
        lambda text: text + "y" * 60_000,
    ],
)
def test_what_was_never_made_does_not_look_like_an_id(change: object) -> None:
    assert callable(change)
    assert not looks_like_id("agt", change(unguessable_id("agt")))


def test_siblings_differ_in_their_prefix_alone() -> None:
    made = new_id("req")
    assert sibling_id("dsp", made) == "dsp" + made.removeprefix("req")
    assert looks_like_id("evt", sibling_id("evt", sibling_id("dsp", made)))
