"""Texts are given out in the order in which their items began."""

from wire.transcriber.items import MOST_ITEMS, MOST_TEXT, Items


def test_an_item_that_is_complete_early_waits_for_the_one_before_it() -> None:
    items = Items()
    items.begin("a")
    items.begin("b")
    assert items.complete("b", "B") == []
    assert items.complete("a", "A") == ["A", "B"]


def test_an_item_that_fails_is_not_waited_for() -> None:
    items = Items()
    items.begin("a")
    items.complete("b", "B")
    assert items.drop("a") == ["B"]
    assert items.drop("never seen") == []


def test_text_grows_for_the_oldest_item_only() -> None:
    items = Items()
    assert [items.grow("a", "h"), items.grow("a", "i")] == ["h", "hi"]
    assert items.grow("b", "x") is None
    assert items.complete("a", "Hi.") == ["Hi."]
    assert items.grow("b", "y") == "xy"


def test_in_the_end_all_that_is_complete_is_given_out() -> None:
    items = Items()
    items.begin("a")
    items.complete("b", "B")
    assert (items.rest(), items.rest()) == (["B"], [])


def test_what_is_held_is_bounded() -> None:
    items = Items()
    for number in range(MOST_ITEMS + 5):
        items.begin(str(number))
    done = [text for number in range(MOST_ITEMS + 5) for text in items.complete(str(number), "x")]
    assert len(done) <= MOST_ITEMS + 5
    assert len(items.grow("long", "x" * 2 * MOST_TEXT) or "") == MOST_TEXT
    assert items.complete("long", "y" * 2 * MOST_TEXT) == ["y" * MOST_TEXT]


def test_of_too_many_items_none_is_forgotten_whose_text_is_complete() -> None:
    items = Items()
    items.begin("a")
    items.complete("b", "B")
    for number in range(2 * MOST_ITEMS):
        items.begin(str(number))
    assert items.rest() == ["B"]
    assert items.complete("b", "again") == ["again"]
