"""Errors of the REST API: RFC 9457 `application/problem+json` with `code` and `errors[]`.

{"type": "about:blank", "title": "Bad Request", "status": 400, "code": "invalid_request",
 "detail": "…", "errors": [{"field": "auth.token", "code": "required", "detail": "…"}]}
"""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings

from tenants.errors import Gone, PlanRequired, Refused
from vault.envelope import SecretUnreadable

MEDIA_TYPE = "application/problem+json"
NO_SUCH = "There is no such object or address."
OUR_FAULT = "Something went wrong on our side."

_CODES: dict[type[Exception], str] = {
    exceptions.ValidationError: "invalid_request",
    exceptions.ParseError: "invalid_json",
    exceptions.Throttled: "rate_limit",
    exceptions.NotAuthenticated: "invalid_api_key",
    exceptions.AuthenticationFailed: "invalid_api_key",
}


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "request_too_large"
    default_detail = "The request body is too large."


class ScopeMissing(exceptions.PermissionDenied):
    default_code = "scope_missing"


class StoredSecretUnreadable(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = SecretUnreadable.code
    default_detail = "The stored secret cannot be opened. Give it again, or tell the operator."


class _RefusedProblem(exceptions.APIException):
    def __init__(self, refusal: Refused) -> None:
        super().__init__(refusal.detail, refusal.code)
        self.status_code = 403 if isinstance(refusal, PlanRequired) else 409


def document(status_code: int, code: str, detail: str, errors: Any = None) -> dict[str, Any]:
    """One problem document; `errors` is left out unless fields are to blame."""
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(status_code).phrase,
        "status": status_code,
        "code": code,
        "detail": detail,
    }
    return {**problem, "errors": errors} if errors else problem


class ProblemFormatter(ExceptionFormatter):
    """Renders what `drf-standardized-errors` flattened."""

    def run(self) -> dict[str, Any]:
        found = self.get_errors()
        code = next((c for kind, c in _CODES.items() if isinstance(self.exc, kind)), None)
        if not isinstance(self.exc, exceptions.ValidationError):
            return document(self.exc.status_code, code or found[0].code, found[0].detail)
        errors = [
            {"field": _field(each.attr), "code": each.code, "detail": each.detail} for each in found
        ]
        told = [f"{each['field'] or ''}: {each['detail']}".removeprefix(": ") for each in errors]
        return document(400, "invalid_request", " ".join(told), errors)


class ProblemHandler(ExceptionHandler):
    """Turns what services and Django raise into problems, with their media type."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, DjangoValidationError):
            return _field_errors(exc)
        if isinstance(exc, Gone):
            return exceptions.NotFound(NO_SUCH)
        if isinstance(exc, Refused):
            return _RefusedProblem(exc)
        if isinstance(exc, RequestDataTooBig):
            return BodyTooLarge()
        if isinstance(exc, SecretUnreadable):
            return StoredSecretUnreadable()
        known: Exception = super().convert_known_exceptions(exc)
        return exceptions.NotFound(NO_SUCH) if isinstance(known, exceptions.NotFound) else known

    def convert_unhandled_exceptions(self, exc: Exception) -> exceptions.APIException:
        if isinstance(exc, exceptions.APIException):
            return exc
        return exceptions.APIException(OUR_FAULT, "internal_error")

    def get_response(self, exc: exceptions.APIException, data: dict[str, Any]) -> Response:
        headers = self.get_headers(exc)
        return Response(data, exc.status_code, headers=headers, content_type=MEDIA_TYPE)


def _field(attr: str | None) -> str | None:
    return None if attr == api_settings.NON_FIELD_ERRORS_KEY else attr


def _field_errors(error: DjangoValidationError) -> exceptions.ValidationError:
    """Django's own error tree as DRF's, codes kept."""
    by_field = {api_settings.NON_FIELD_ERRORS_KEY: error}
    if hasattr(error, "error_dict"):
        by_field = {name: DjangoValidationError(each) for name, each in error.error_dict.items()}
    return exceptions.ValidationError(
        {
            name: [
                exceptions.ErrorDetail(message, each.code or "invalid")
                for each in errors.error_list
                for message in each.messages
            ]
            for name, errors in by_field.items()
        }
    )


def _page(request: HttpRequest, status_code: int, code: str, detail: str) -> HttpResponse | None:
    if not request.path.startswith("/api/"):
        return None
    problem = document(status_code, code, detail)
    return JsonResponse(problem, status=status_code, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    page = _page(request, 400, "invalid_request", "The request cannot be read.")
    return page or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    page = _page(request, 403, "permission_denied", "This is not allowed.")
    return page or defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    page = _page(request, 404, "not_found", NO_SUCH)
    return page or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(request, 500, "internal_error", OUR_FAULT) or defaults.server_error(request)
