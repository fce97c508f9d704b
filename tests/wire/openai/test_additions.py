"""What platforms add to a request stays with Patchbay."""

import json
from typing import Any

import pytest

from wire.members import split_members
from wire.openai.additions import CALLER_FIELDS, without_additions

OWN = {"model": "m", "top_k": 5, "metadata": {"a": "b"}}
ADDED = dict.fromkeys(CALLER_FIELDS, 1)


def sent(body: dict[str, Any], **settings: Any) -> Any:
    kept = without_additions(split_members(json.dumps(body).encode()), settings)
    return {name: json.loads(bytes(member)) for name, member in kept.items()}


def test_additions_are_left_out_unless_the_endpoint_asks_for_them() -> None:
    assert sent({**OWN, **ADDED}) == OWN
    assert sent({**OWN, **ADDED}, forward_caller_fields=True) == {**OWN, **ADDED}
    assert sent({**OWN, **ADDED}, forward_caller_fields=["call"]) == {**OWN, "call": 1}


def test_dropped_members_are_left_out_whatever_is_forwarded() -> None:
    found = sent({**OWN, "call": 1}, forward_caller_fields=True, drop_fields=["call", "top_k"])
    assert found == {"model": "m", "metadata": {"a": "b"}}


@pytest.mark.parametrize(
    ("metadata", "kept"), [({"a": "b"}, True), (None, True), ({"a": 1}, False), ("x", False)]
)
def test_metadata_is_openais_only_as_an_object_of_strings(metadata: Any, kept: bool) -> None:
    assert ("metadata" in sent({"metadata": metadata})) is kept
    assert "metadata" in sent({"metadata": metadata}, forward_caller_fields=["metadata"])
