"""The model list."""

import json

from wire.openai.models import write_models


def test_models_are_listed_as_openai_lists_them() -> None:
    assert json.loads(write_models(["house-7b"])) == {
        "object": "list",
        "data": [{"id": "house-7b", "object": "model", "created": 0, "owned_by": "tenant"}],
    }


def test_no_models_are_an_empty_list() -> None:
    assert json.loads(write_models([]))["data"] == []
