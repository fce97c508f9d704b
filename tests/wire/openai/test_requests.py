"""Requests: what is read, what is refused, what the endpoint gets."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.errors import InvalidRequest, StrayMessage
from wire.llm.base import LLMRequest
from wire.llm.bounds import MEASURED_AT_ONCE
from wire.openai.additions import CALLER_FIELDS
from wire.openai.requests import (
    CALL_ID_LIMIT,
    SETTINGS,
    asks_for_usage,
    prompt_bytes,
    read_request,
    write_request,
)
from wire.settings import setting_errors

HI = {"messages": [{"role": "user", "content": "Hi"}]}
STREAM = {**HI, "stream": True}


def read(body: dict[str, Any], *, always_stream: bool = False) -> LLMRequest:
    return read_request(json.dumps(body).encode(), always_stream=always_stream)


def sent(body: dict[str, Any], model: str = "", **settings: Any) -> Any:
    return json.loads(write_request(read(body), model=model, settings=settings))


def test_request_is_read_as_deep_as_dispatching_needs() -> None:
    request = read({**STREAM, "model": "m", "stream_options": {"include_usage": True}})
    assert (request.model, request.stream, request.asked_usage) == ("m", True, True)
    assert request.call_id is None


@pytest.mark.parametrize("absent", [{}, {"model": None, "stream": None, "stream_options": None}])
def test_null_is_as_good_as_absent(absent: dict[str, Any]) -> None:
    request = read({**HI, **absent})
    assert (request.model, request.stream, request.asked_usage) == (None, False, False)


@pytest.mark.parametrize("options", [{}, {"include_usage": False}, {"include_usage": "yes"}])
def test_usage_is_asked_for_by_true_alone(options: dict[str, Any]) -> None:
    assert not read({**STREAM, "stream_options": options}).asked_usage


def test_usage_is_not_asked_for_without_a_stream() -> None:
    assert not read({**HI, "stream_options": {"include_usage": True}}).asked_usage


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ({}, "messages", "`messages` is missing."),
        ({"messages": "Hi"}, "messages", "`messages` must be a list."),
        ({"messages": None}, "messages", "`messages` must be a list."),
        ({**HI, "stream": "true"}, "stream", "`stream` must be true or false."),
        ({**HI, "stream": 1}, "stream", "`stream` must be true or false."),
        ({**HI, "model": 7}, "model", "`model` must be a string."),
        ({**HI, "stream_options": []}, "stream_options", "`stream_options` must be an object."),
        ({"message": "Hi"}, "messages", "`messages` is missing."),
    ],
)
def test_refusal_names_the_parameter(body: dict[str, Any], param: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read(body)
    assert (refusal.value.param, refusal.value.message) == (param, message)
    assert not isinstance(refusal.value, StrayMessage)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"Hi"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_request(body, always_stream=False)


def test_deep_messages_are_refused() -> None:
    body = b'{"messages":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    with pytest.raises(InvalidRequest, match="nested too deeply"):
        read_request(body, always_stream=False)


def test_server_message_of_vapi_is_a_stray() -> None:
    with pytest.raises(StrayMessage):
        read({"message": {"type": "speech-update", "status": "started"}})


@pytest.mark.parametrize(
    ("call", "call_id"),
    [
        ({"id": "c-1", "type": "webCall"}, "c-1"),
        ({"callId": "c-2", "serverUrlSecret": "s"}, "c-2"),
        ({"id": ""}, None),
        ({"id": 7}, None),
        ({"id": "x" * (CALL_ID_LIMIT + 1)}, None),
        ({}, None),
        ("c-1", None),
        (None, None),
    ],
)
def test_call_id_is_vapis(call: Any, call_id: str | None) -> None:
    assert read({**HI, "call": call}).call_id == call_id


def test_untouched_request_keeps_the_bytes_of_its_members() -> None:
    body = b'{"messages": [ {"a" : 1.50} ], "seed":12345678901234567890123, "x":"\\u00e9\xc3\xa9"}'
    request = read_request(body, always_stream=False)
    assert write_request(request, model="", settings={}) == (
        b'{"messages":[ {"a" : 1.50} ],"seed":12345678901234567890123,"x":"\\u00e9\xc3\xa9"}'
    )


def test_endpoints_model_replaces_the_callers_in_its_place() -> None:
    request = read({"model": "a", **HI})
    assert write_request(request, model="b", settings={}).startswith(b'{"model":"b",')
    assert sent({"model": "a", **HI}) == {"model": "a", **HI}
    assert sent(HI, model="b") == {**HI, "model": "b"}
    assert "model" not in sent(HI)


def test_url_that_always_streams_makes_a_stream() -> None:
    for stream in (False, None):
        request = read({**HI, "stream": stream}, always_stream=True)
        assert request.stream
        assert json.loads(write_request(request, model="", settings={}))["stream"] is True
    assert read(HI, always_stream=True).stream


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"include_usage": True}),
        ({"stream_options": None}, {"include_usage": True}),
        (
            {"stream_options": {"include_usage": False, "include_obfuscation": False}},
            {"include_usage": True, "include_obfuscation": False},
        ),
    ],
)
def test_streams_ask_for_usage(options: dict[str, Any], expected: dict[str, Any]) -> None:
    assert sent({**STREAM, **options})["stream_options"] == expected
    assert asks_for_usage(read({**STREAM, **options}), {})


@pytest.mark.parametrize(
    ("body", "settings"),
    [
        (HI, {}),
        (STREAM, {"include_usage": False}),
        (STREAM, {"drop_fields": ["stream_options"]}),
    ],
)
def test_usage_is_not_asked_for_where_it_must_not_be(
    body: dict[str, Any], settings: dict[str, Any]
) -> None:
    assert "stream_options" not in sent(body, **settings)
    assert not asks_for_usage(read(body), settings)


def test_caller_who_asks_for_usage_is_left_alone() -> None:
    body = {**STREAM, "stream_options": {"include_usage": True}}
    assert sent(body, include_usage=False) == body
    assert not asks_for_usage(read(body), {})


CALLERS: dict[str, Any] = {
    "call": {"id": "c-1", "serverUrlSecret": "s"},
    "customer": {"number": "+15550100"},
    "phoneNumber": {"twilioAuthToken": "t"},
    "timestamp": 1735689600000,
    "elevenlabs_extra_body": {"tenant": "t1"},
    "user_id": "u-7",
}


def test_what_platforms_add_is_stripped() -> None:
    assert set(CALLERS) == set(CALLER_FIELDS)
    assert sent({**HI, **CALLERS, "top_k": 5}) == {**HI, "top_k": 5}


def test_endpoint_may_ask_for_what_platforms_add() -> None:
    body = {**HI, **CALLERS, "metadata": {"n": 1}}
    assert sent(body, forward_caller_fields=True) == body
    assert sent(body, forward_caller_fields=["user_id", "metadata"]) == {
        **HI, "user_id": "u-7", "metadata": {"n": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("metadata", "kept"),
    [({"plan": "gold"}, True), ({}, True), (None, True), ({"n": 1}, False), ("x", False)],
)
def test_metadata_is_kept_only_as_openai_defines_it(metadata: Any, kept: bool) -> None:
    assert ("metadata" in sent({**HI, "metadata": metadata})) is kept


def test_limit_goes_under_the_name_that_the_endpoint_knows() -> None:
    body = {"messages": [], "max_tokens": 9}
    assert sent(body)["max_tokens"] == 9
    renamed = {"messages": [], "max_completion_tokens": 9}
    assert sent(body, max_completion_tokens=True) == renamed
    both = {**body, "max_completion_tokens": 7}
    assert sent(both, max_completion_tokens=True)["max_completion_tokens"] == 7
    assert sent({"messages": []}, max_completion_tokens=True) == {"messages": []}


def test_members_that_an_endpoint_wants_are_added_in_place_of_the_callers() -> None:
    body = {"messages": [], "reasoning": {"effort": "high", "exclude": False}, "seed": 1}
    added = {"reasoning": {"exclude": True}, "chat_template_kwargs": {"enable_thinking": False}}
    assert sent(body, add_fields=added) == {
        "messages": [], "reasoning": {"effort": "high", "exclude": True}, "seed": 1,
        "chat_template_kwargs": {"enable_thinking": False},
    }  # fmt: skip


def test_members_that_an_endpoint_refuses_are_dropped() -> None:
    assert sent({**HI, "top_k": 5, "n": 1}, drop_fields=["top_k"]) == {**HI, "n": 1}


@pytest.mark.parametrize(
    ("extra", "size"),
    [
        ({}, 0),
        ({"messages": []}, 0),
        ({"messages": [{"role": "user", "content": "Hi é"}]}, 16 + 5),
        ({"messages": [{"content": None}, 7]}, 32),
        (
            {
                "messages": [
                    {"content": [{"text": "ab"}, {"image_url": {"url": "data:…"}}, 7, {"text": 1}]}
                ]
            },
            16 + 2,
        ),
        ({"messages": [{"content": {"odd": 1}}]}, 16),
        ({"messages": [{"content": None, "tool_calls": [{"id": "a"}]}]}, 16 + len('[{"id":"a"}]')),
        ({"messages": [], "tools": [], "functions": []}, 4),
    ],
)
def test_prompt_is_measured_by_its_text(extra: dict[str, Any], size: int) -> None:
    assert prompt_bytes(read({"messages": [], **extra})) == size


def test_large_prompt_is_measured_while_it_is_read() -> None:
    small = read({"messages": [{"content": "x" * 100}]})
    large = read({"messages": [{"content": "x" * MEASURED_AT_ONCE}]})
    assert small.prompt_size is None
    assert large.prompt_size == prompt_bytes(large) == 16 + MEASURED_AT_ONCE


def test_prompt_that_cannot_be_read_is_measured_as_it_is() -> None:
    deep = b'[{"tool_calls":' + b"[" * 900 + b"]" * 900 + b"}]"
    request = LLMRequest("openai-chat", None, False, False, None, read_request(
        b'{"messages":' + deep + b"}", always_stream=False).fields)  # fmt: skip

    def deeper(levels: int) -> int:
        return deeper(levels - 1) if levels else prompt_bytes(request)

    assert deeper(100) == len(deep)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_defaults_of_settings_are_valid(setting: Any) -> None:
    assert setting_errors(SETTINGS, {setting.name: setting.default}) == {}
    assert setting_errors(SETTINGS, {setting.name: 7}) != {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NAMES = st.text().filter(lambda name: name not in {
    *CALLER_FIELDS, "messages", "model", "stream", "stream_options", "metadata",
})  # fmt: skip


@given(st.dictionaries(NAMES, JSON), st.lists(JSON))
def test_unknown_members_are_carried(unknown: dict[str, Any], messages: list[Any]) -> None:
    body = {**unknown, "messages": messages}
    assert sent(body) == body
