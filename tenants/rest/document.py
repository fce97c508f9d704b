"""The OpenAPI document as it is served: made once a process, since only a release changes it."""

import hashlib
import threading
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

MAX_AGE = 300  # seconds; who asks again after that is most likely told 304

_kept: dict[str, tuple[bytes, dict[str, str]]] = {}  # by media type: the document, its headers
_making = threading.Lock()  # many who ask a fresh process have it made once


class DocumentView(SpectacularAPIView):
    """Anybody may ask, for YAML or JSON."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        media_type = request.accepted_renderer.media_type
        with _making:
            if media_type not in _kept:
                _kept[media_type] = self._made(request)
        body, headers = _kept[media_type]
        response = HttpResponse(body, headers=headers)
        patch_cache_control(response, public=True, max_age=MAX_AGE)
        told = get_conditional_response(request._request, headers["ETag"], response=response)
        return response if told is None else told

    def _made(self, request: Request) -> tuple[bytes, dict[str, str]]:
        response = super().get(request)  # type: ignore[no-untyped-call] # drf-spectacular has none
        text = request.accepted_renderer.render(response.data, renderer_context={})
        body = text if isinstance(text, bytes) else text.encode()
        headers = {
            "Content-Type": f"{request.accepted_renderer.media_type}; charset=utf-8",
            "Content-Disposition": response["Content-Disposition"],
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        }
        return body, headers

    def _get_version_parameter(self, request: Request) -> None:
        """There is one version. What a stranger asks for must not be kept for all."""
