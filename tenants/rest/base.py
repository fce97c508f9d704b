"""What every REST view is made of: none can forget its tenant, its scopes or its limits."""

from functools import partial
from typing import Any, ClassVar, cast

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from tenants.models import ApiKey, Tenant
from tenants.rest import cursors, unchanged
from tenants.rest.authentication import KeyAuthentication
from tenants.rest.idempotency import once
from tenants.rest.permissions import ScopePermission
from tenants.rest.strict import BODY_LIMIT, StrictJSONParser, StrictSerializer, unknown
from tenants.rest.throttles import TenantWrites
from tenants.services import in_turn


class AlwaysJSON(BaseContentNegotiation):
    """There is one representation, so `Accept` has nothing to choose."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((each for each in parsers if each.media_type == media_type), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class TenantView(APIView):
    """A view of the tenant whose key is presented.

    `query_parameters` names what the query string may hold; anything else is refused.
    """

    authentication_classes = (KeyAuthentication,)
    permission_classes = (ScopePermission,)
    throttle_classes = (TenantWrites,)
    parser_classes = (StrictJSONParser,)
    content_negotiation_class = AlwaysJSON
    metadata_class = None
    query_parameters: ClassVar[frozenset[str]] = frozenset()

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Some answers hold a secret that is shown once, and all are one tenant's."""
        return {**super().default_response_headers, "Cache-Control": "no-store"}

    @property
    def key(self) -> ApiKey:
        key = self.request.auth
        assert isinstance(key, ApiKey)  # noqa: S101 - narrows what the permission established
        return key

    @property
    def tenant(self) -> Tenant:
        return self.key.tenant

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """A chunked body has no length, without which the framework takes it for empty."""
        if "CONTENT_LENGTH" not in request.META and "HTTP_TRANSFER_ENCODING" in request.META:
            request._body = request.read(BODY_LIMIT + 1)
            request.META["CONTENT_LENGTH"] = str(len(request._body))
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._check_parameters(request)
        if request.method in ("POST", "PUT", "PATCH"):
            _ = request.data  # a body that cannot be read is refused also where nobody asks for it
        handler = getattr(self, "post", None)
        if request.method == "POST" and handler is not None:
            vars(self)["post"] = partial(_posted_once, handler)

    def validated(self, serializer: type[StrictSerializer], **context: Any) -> dict[str, Any]:
        """The body in the serializer's terms. Raises `ValidationError` by field."""
        asked = serializer(data=self.request.data, context=context)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)

    def _check_parameters(self, request: Request) -> None:
        known = self.query_parameters
        if getattr(self, "detail", None) is False and request.method in ("GET", "HEAD"):
            known |= cursors.PARAMETERS
        errors = {
            name: [unknown(name, known, "parameter")]
            for name in request.query_params
            if name not in known
        }
        for name, values in request.query_params.lists():
            if any("\0" in value for value in values):  # PostgreSQL would refuse the query
                errors.setdefault(name, [ErrorDetail("It holds a NUL character.", "invalid")])
        if errors:
            raise ValidationError(errors)


def _posted_once(handler: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
    return once(request, partial(handler, request, *args, **kwargs))


class TenantViewSet(TenantView, GenericViewSet[Any]):
    """Rows of one tenant. A subclass says which by `rows`, and every read starts from it.

    Rows that can be changed have an `ETag`, and writes to them mind `If-Match`.
    """

    lookup_value_regex = "[0-9A-Za-z_]{1,64}"
    lookup_url_kwarg = "id"
    page_field = "created_at"
    pagination_class = cursors.CursorPages

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = (request.method or "").lower()
        if method in ("patch", "delete") and self._changes and unchanged.HEADER in request.headers:
            vars(self)[method] = partial(self._over_what_was_read, getattr(self, method))

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        shown = response.data
        if self._changes and response.status_code in (200, 201) and "id" in shown:
            response["ETag"] = unchanged.etag(shown)
        return super().finalize_response(request, response, *args, **kwargs)

    @property
    def _changes(self) -> bool:
        return hasattr(self, "partial_update")

    def _over_what_was_read(
        self, handler: Any, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        """Under the tenant's turn, so that nobody writes between the look and the write."""
        with transaction.atomic():
            in_turn(self.tenant, self.get_object())
            shown = self.get_serializer(self.get_object()).data
            unchanged.require(request.headers[unchanged.HEADER], shown)
            return cast(Response, handler(request, *args, **kwargs))

    def rows(self, tenant: Tenant) -> QuerySet[Any]:
        """The tenant's rows, as a selector gives them."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.rows(Tenant()).none()
        return self.rows(self.tenant)

    def get_object(self) -> Any:
        """The row of the address. Raises `NotFound`."""
        return self.row(self.kwargs["id"])

    def row(self, pk: str) -> Any:
        """One of the tenant's. Raises `NotFound`, the same for missing and for others' rows."""
        row = self.get_queryset().filter(pk=pk).first()
        if row is None:
            raise NotFound
        return row
