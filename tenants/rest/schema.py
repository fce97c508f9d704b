"""What the OpenAPI document says once for every operation: the key, the errors, the retries."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from tenants.rest.idempotency import HEADER
from tenants.rest.problems import MEDIA_TYPE, document
from tenants.rest.unchanged import HEADER as IF_MATCH

_METHODS = ("get", "post", "put", "patch", "delete")
_TEXT = {"type": "string"}
_FIELD_ERROR = {
    "type": "object",
    "required": ["field", "code", "detail"],
    "properties": {
        "field": {"type": "string", "nullable": True, "description": "Dotted path of the field"},
        "code": _TEXT,
        "detail": _TEXT,
    },
}
_PROBLEM = {
    "type": "object",
    "description": "An error, as RFC 9457 has it.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "What went wrong, for programs"},
        "detail": {"type": "string", "description": "What went wrong, for people"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
    },
}
_ANSWERS = {
    400: ("invalid_request", "A field is wrong or unknown, or the body is not JSON."),
    401: ("invalid_api_key", "The API key is missing, wrong, revoked or expired."),
    403: ("scope_missing", "The key lacks the scope, or the plan does not include this."),
    404: ("not_found", "There is no such object."),
    409: ("idempotency_in_progress", "The write does not fit the present state."),
    412: ("changed_meanwhile", "It was changed after it was read, and `If-Match` forbids that."),
    422: (
        "idempotency_key_reused",
        "The Idempotency-Key was sent before with another request or by another API key.",
    ),
    429: ("rate_limit", "Too many writes; wait as long as `Retry-After` says."),
}
_RETRY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Any text of your own: sent again within 24 hours by the same API key, the same "
    "request is not done twice but gets the same answer, marked `Idempotent-Replayed: true`.",
    "schema": {"type": "string", "maxLength": 255},
}


_AS_READ = {
    "name": IF_MATCH,
    "in": "header",
    "required": False,
    "description": "The `ETag` of an answer that showed the object: if it was changed since, "
    "nothing is written. Without it, the last write stands.",
    "schema": {"type": "string"},
}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers itself
    target_class = "tenants.rest.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "pb_live_…"}


def describe_the_grammar(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular: adds to each operation what all of them share."""
    schemas = result["components"].setdefault("schemas", {})
    schemas |= {"FieldError": _FIELD_ERROR, "Problem": _PROBLEM}
    for path, item in result["paths"].items():
        for method in _METHODS:
            if method in item and item[method].get("security", [{}]) != [{}]:
                _describe(path, method, item[method])
        for method in {"patch", "delete"} & item.keys() if "patch" in item else ():
            item[method].setdefault("parameters", []).append(_AS_READ)
            item[method]["responses"].setdefault("412", _answer(412))
    return result


def _describe(path: str, method: str, operation: dict[str, Any]) -> None:
    statuses = [401, 403]
    statuses += [400] if method != "delete" else []
    statuses += [404] if "{" in path else []
    statuses += [409, 429] if method != "get" else []
    if method == "post":
        statuses.append(422)
        operation.setdefault("parameters", []).append(_RETRY_KEY)
    for status_code in sorted(statuses):
        operation["responses"].setdefault(str(status_code), _answer(status_code))


def _answer(status_code: int) -> dict[str, Any]:
    code, detail = _ANSWERS[status_code]
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "example": document(status_code, code, detail),
    }
    return {"description": detail, "content": {MEDIA_TYPE: content}}
