"""A Secret shows its last four at most, whoever asks."""

import copy
import json
import pickle
from dataclasses import asdict, dataclass

import msgspec
import orjson
import pytest
from django.core.serializers.json import DjangoJSONEncoder
from rest_framework import serializers
from rest_framework.utils.encoders import JSONEncoder

from vault.secret import Secret

TEXT = "sk-canary-0123456789-9f2c"


@dataclass(frozen=True)
class Holder:
    token: Secret


def test_text_forms_show_the_last_four_only() -> None:
    secret = Secret(TEXT)
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>12}", f"{secret:>12}"):
        assert shown.strip() == "***9f2c"
    assert "%s %r" % (secret, secret) == "***9f2c ***9f2c"  # noqa: UP031 - how logging formats
    assert "canary" not in repr(Holder(secret))
    assert secret.reveal() == TEXT


def test_a_short_secret_shows_nothing_of_itself() -> None:
    assert str(Secret("abcdefghijk")) == "***"


@pytest.mark.parametrize(
    "encode",
    [
        json.dumps,
        lambda value: json.dumps(value, cls=DjangoJSONEncoder),
        lambda value: json.dumps(value, cls=JSONEncoder),
        orjson.dumps,
        msgspec.json.encode,
        msgspec.msgpack.encode,
        pickle.dumps,
    ],
)
def test_encoders_refuse_it(encode: object) -> None:
    with pytest.raises(TypeError) as caught:
        encode({"token": Secret(TEXT)})  # type: ignore[operator]
    assert "canary" not in str(caught.value)


def test_encoders_with_a_fallback_to_str_give_the_mask() -> None:
    assert json.loads(json.dumps(Secret(TEXT), default=str)) == "***9f2c"
    assert orjson.loads(orjson.dumps(Secret(TEXT), default=str)) == "***9f2c"
    assert msgspec.json.decode(msgspec.json.encode(Secret(TEXT), enc_hook=str)) == "***9f2c"


def test_a_serializer_field_gives_the_mask() -> None:
    field = serializers.CharField()
    assert field.to_representation(Secret(TEXT)) == "***9f2c"  # type: ignore[arg-type]


def test_copies_are_the_secret_itself() -> None:
    secret = Secret(TEXT)
    assert copy.copy(secret) is secret
    assert copy.deepcopy({"a": [secret]})["a"][0] is secret
    assert asdict(Holder(secret))["token"] is secret


def test_equality_and_truth_are_those_of_the_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a")
    assert not Secret("")


def test_it_has_no_dictionary_to_dump() -> None:
    with pytest.raises(TypeError):
        vars(Secret(TEXT))
