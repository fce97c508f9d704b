"""Lists by page: `{"data": […], "has_more": …, "next_cursor": …}`, newest first.

A cursor is signed together with the tenant, the address and the filters of its list: one that was
tampered with, or that another tenant or list gave, is refused.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db.models import Q
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
PARAMETERS = frozenset({"cursor", "limit"})
_MAC_BYTES = 16
_CONTEXT = "patchbay list cursor v1"


class _Place(msgspec.Struct, array_like=True):
    """The last row of a page, by what rows are ordered by."""

    moment: datetime
    id: str


class CursorPages(BasePagination):
    """Orders by the view's `page_field`, then by id; both descending."""

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        field: str = getattr(view, "page_field", "created_at")
        limit, context = _limit(request), _list_context(request)
        rows = queryset.order_by(f"-{field}", "-pk")
        if "cursor" in request.query_params:
            place = _opened(request.query_params["cursor"], context)
            same = Q(**{field: place.moment, "pk__lt": place.id})
            rows = rows.filter(Q(**{f"{field}__lt": place.moment}) | same)
        page = list(rows[: limit + 1])
        self.has_more = len(page) > limit
        page = page[:limit]
        self.next_cursor = None
        if self.has_more:
            self.next_cursor = _sealed(_Place(getattr(page[-1], field), page[-1].pk), context)
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"data": data, "has_more": self.has_more, "next_cursor": self.next_cursor})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        cursor = {
            "type": "string",
            "nullable": True,
            "description": "Give it as `cursor` to get the next page.",
        }
        properties = {"data": schema, "has_more": {"type": "boolean"}, "next_cursor": cursor}
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        bounds = {"minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        return [
            _parameter("limit", "Rows of one page", {"type": "integer", **bounds}),
            _parameter("cursor", "`next_cursor` of the page before", {"type": "string"}),
        ]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MAX_LIMIT):
        refusal = ErrorDetail(f"It must be a number from 1 to {MAX_LIMIT}.", "invalid")
        raise ValidationError({"limit": [refusal]})
    return int(text)


def _list_context(request: Request) -> bytes:
    """What a cursor belongs to, as one unambiguous text."""
    caller: Any = request.auth
    filters = sorted(
        (name, request.query_params.getlist(name))
        for name in request.query_params
        if name not in PARAMETERS
    )
    return msgspec.json.encode([_CONTEXT, caller.tenant_id, request.path, filters])


def _mac(payload: bytes, context: bytes) -> bytes:
    key = settings.SECRET_KEY.encode()
    return hmac.digest(key, context + b"\0" + payload, hashlib.sha256)[:_MAC_BYTES]


def _sealed(place: _Place, context: bytes) -> str:
    payload = msgspec.json.encode(place)
    return base64.urlsafe_b64encode(_mac(payload, context) + payload).rstrip(b"=").decode()


def _opened(text: str, context: bytes) -> _Place:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(payload, context)):
        refusal = "It is not a cursor that this list gave for these filters."
        raise ValidationError({"cursor": [ErrorDetail(refusal, "invalid_cursor")]})
    return msgspec.json.decode(payload, type=_Place)
