"""The headers that tell a browser what a page may do."""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

NOTHING = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"  # for answers
)
PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"  # for pages that only tell: errors
)
# Alpine, which unfold's pages are built on, evaluates the expressions in their attributes.
ADMIN = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
DOCS = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
BY_PATH = (("/admin/", ADMIN), ("/api/docs", DOCS))
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


@sync_and_async_middleware
def security_headers(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Adds a content security policy; a view that has set its own keeps it."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            answer: Awaitable[HttpResponseBase] = get_response(request)
            return _with_headers(request, await answer)

        return later

    def now(request: HttpRequest) -> HttpResponseBase:
        return _with_headers(request, get_response(request))

    return now


def _with_headers(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    policies = (policy for prefix, policy in BY_PATH if request.path.startswith(prefix))
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    policy = next(policies, PAGE if is_page else NOTHING)
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    return response
