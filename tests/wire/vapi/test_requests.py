"""The request that a server made for Vapi gets."""

import json
from typing import Any

import pytest

from wire.openai.requests import read_request
from wire.settings import setting_errors
from wire.vapi.requests import SETTINGS, write_request

CALL = {"id": "c-1", "type": "inboundPhoneCall"}
VAPIS = {"call": CALL, "customer": {"number": "+15550100"}, "timestamp": 1735689600000}
METADATA = {"plan": "gold", "n": 1, "model": "theirs", "messages": []}
BODY = {"model": "m", "messages": [], "metadata": METADATA, **VAPIS, "user_id": "u"}


def sent(mode: str | None = None, body: Any = BODY, **settings: Any) -> Any:
    chosen = settings if mode is None else {"metadata": mode, **settings}
    assert not setting_errors(SETTINGS, chosen)
    request = read_request(json.dumps(body).encode())
    return json.loads(write_request(request, model="", settings=chosen))


def test_what_vapi_says_of_its_call_is_sent_and_what_others_add_is_not() -> None:
    expected = {"model": "m", "messages": [], "metadata": METADATA, **VAPIS}
    assert sent() == sent("variable") == expected


def test_metadata_may_stand_among_the_others_and_takes_no_place_of_theirs() -> None:
    expected = {"model": "m", "messages": [], "plan": "gold", "n": 1, **VAPIS}
    assert sent("destructured") == expected


@pytest.mark.parametrize("metadata", [None, "gold", 7])
def test_metadata_that_is_no_object_stays_where_it_is(metadata: Any) -> None:
    body = {"messages": [], "metadata": metadata}
    assert sent("destructured", body) == body
    assert sent("destructured", {"messages": []}) == {"messages": []}


def test_nothing_of_it_is_sent_where_it_is_off() -> None:
    assert sent("off") == {"model": "m", "messages": []}


def test_other_settings_are_those_of_openais_endpoints() -> None:
    assert sent("off", add_fields={"seed": 1}, drop_fields=["model"]) == {"messages": [], "seed": 1}
    assert setting_errors(SETTINGS, {"forward_caller_fields": True})
    assert setting_errors(SETTINGS, {"metadata": "all"})
