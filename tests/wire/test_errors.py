"""What wire formats refuse, and how."""

from wire.errors import InvalidRequest, StrayMessage, quoted


def test_refusal_carries_its_text_and_the_parameter() -> None:
    error = InvalidRequest("`stream` must be true or false.", "stream")
    assert (str(error), error.message, error.param) == (error.message, error.message, "stream")


def test_stray_message_is_a_refusal_with_an_acknowledgement() -> None:
    assert isinstance(StrayMessage("A notice."), InvalidRequest)
    assert StrayMessage("A notice.").reply == b"{}"


def test_quoted_word_is_cut() -> None:
    assert quoted("it's") == '"it\'s"'
    assert quoted("x" * 41) == repr("x" * 40)
