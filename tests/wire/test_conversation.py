"""Conversations are values."""

from typing import Any

import pytest

from wire.conversation import (
    Conversation,
    ImagePart,
    Message,
    TextPart,
    ToolResult,
    arguments,
    joined,
)

PICTURE = ImagePart("https://x")


def test_pictures_are_found_also_in_what_a_tool_gave_back() -> None:
    assert Conversation((Message("user", (TextPart("a"), PICTURE)),)).has_images
    assert Conversation((Message("user", (ToolResult("t", (PICTURE,)),)),)).has_images
    assert not Conversation((Message("user", (TextPart("a"), ToolResult("t", ()))),)).has_images


def test_texts_are_joined_and_the_rest_is_not_text() -> None:
    assert joined((TextPart("a"), PICTURE, TextPart("b"))) == "a\nb"


@pytest.mark.parametrize(
    ("text", "value"),
    [("", {}), ('{"a":1}', {"a": 1}), ("[1]", {"arguments": [1]}), ("{a", {"arguments": "{a"})],
)
def test_arguments_are_an_object_whatever_the_model_wrote(text: str, value: Any) -> None:
    assert arguments(text) == value
