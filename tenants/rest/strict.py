"""Input that is refused rather than guessed at: JSON objects whose every field is known."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import IO, Any

import orjson
from django.utils.http import parse_header_parameters
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ParseError, UnsupportedMediaType, ValidationError
from rest_framework.parsers import BaseParser

from tenants.rest.problems import BodyTooLarge

BODY_LIMIT = 256 * 1024
_NAME_SHOWN = 100


class StrictJSONParser(BaseParser):
    """UTF-8 JSON, an object, at most `BODY_LIMIT` bytes, without NUL or lone surrogates."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        _, params = parse_header_parameters(media_type or self.media_type)
        if params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type or "", "JSON is sent as UTF-8.")
        body = stream.read(BODY_LIMIT + 1)
        if len(body) > BODY_LIMIT:
            raise BodyTooLarge(f"The request body is larger than {BODY_LIMIT // 1024} KiB.")
        return _object(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ParseError(f"The body is not JSON: {error.msg}, at character {error.pos}.") from error
    if not isinstance(parsed, dict):
        raise ParseError("The body must be a JSON object.")
    if b"\\u0000" in body and _holds_nul(parsed):
        raise ParseError("The body holds a NUL character, which no field may.")
    return parsed


def _holds_nul(root: Any) -> bool:
    todo = [root]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            if "\0" in value:
                return True
        elif isinstance(value, dict):
            todo += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            todo += value
    return False


def unknown(name: str, known: Iterable[str], what: str = "field") -> ErrorDetail:
    """The complaint about a name that is not among `known`, with the likeliest one meant."""
    near = get_close_matches(name, sorted(known), n=1)
    hint = f" Did you mean `{near[0]}`?" if near else ""
    return ErrorDetail(f"There is no such {what}.{hint}", f"unknown_{what}")


class Choice(serializers.ChoiceField):
    """One of several words, which its refusal names."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **options)
        words = ", ".join(map(str, self.choices))
        self.error_messages["invalid_choice"] = f"It is one of: {words}."


# No docstring: it would stand in the OpenAPI document for every subclass without one.
class StrictSerializer(serializers.Serializer[Any]):
    def to_internal_value(self, data: Any) -> Any:
        errors = self._strangers(data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            raise ValidationError({**error.detail, **errors}) from error
        if errors:
            raise ValidationError(errors)
        return value

    def _strangers(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        writable = {name for name, field in self.fields.items() if not field.read_only}
        errors = {}
        for name in data:
            if name in self.fields and name not in writable:
                errors[name] = [ErrorDetail("Only the server sets this field.", "read_only")]
            elif name not in writable:
                errors[name[:_NAME_SHOWN]] = [unknown(name, writable)]
        return errors
