"""Whoever gives a word that is none of the known ones is told which these are, everywhere."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from tests.tenants.rest.client import Caller


def document() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def resolved(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    for each in schema.get("allOf", schema.get("oneOf", [schema])):
        if "$ref" in each:
            named: dict[str, Any] = whole["components"]["schemas"][each["$ref"].rpartition("/")[2]]
            return resolved(named, whole)
    return schema


def words(schema: dict[str, Any], whole: dict[str, Any]) -> list[str]:
    found = resolved(schema, whole)
    return [str(word) for word in resolved(found.get("items", found), whole).get("enum", ())]


def parameters(whole: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for path, item in whole["paths"].items():
        for each in item.get("get", {}).get("parameters", ()):
            if each["in"] == "query" and words(each["schema"], whole):
                yield path, each["name"], words(each["schema"], whole)


def bodies(whole: dict[str, Any]) -> Iterator[tuple[str, str, Any, list[str]]]:
    for path, item in whole["paths"].items():
        content = item.get("post", {}).get("requestBody", {}).get("content", {})
        for body in content.values():
            fields = resolved(body["schema"], whole).get("properties", {})
            for name, schema in fields.items():
                wrong = ["smell"] if resolved(schema, whole).get("type") == "array" else "smell"
                if words(schema, whole):
                    yield path, name, wrong, words(schema, whole)


def told(error: dict[str, str]) -> set[str]:
    listed = error["detail"].removeprefix("It is one of: ").removesuffix(".")
    return set(listed.split(", "))


def test_every_choice_of_a_query_string_is_told(caller: Caller) -> None:
    tried = []
    for path, name, known in parameters(document()):
        [error] = caller.get(f"{path}?{name}=smell").json()["errors"]
        assert (error["field"], error["code"]) == (name, "invalid_choice")
        assert told(error) == set(known)
        tried.append(name)
    assert {"channel", "status", "outcome", "type", "group"} <= set(tried)


def test_every_choice_of_a_body_is_told(caller: Caller) -> None:
    tried = []
    for path, name, wrong, known in bodies(document()):
        answer = caller.post(path, {name: wrong})
        errors = {each["field"].partition(".")[0]: each for each in answer.json()["errors"]}
        assert told(errors[name]) == set(known)
        assert errors[name]["code"] == "invalid_choice"
        tried.append(name)
    assert sorted(tried) == ["channel", "channels", "provider", "scopes"]
