"""The routes that Django serves; hosted URLs below `/a/` never come here."""

from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView

from tenants.admin_site import site
from tenants.rest.document import DocumentView


def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """For browsers, which ask for it on every page that names no icon."""
    return HttpResponseRedirect(static("patchbay/icon.svg"))


urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/admin/")),
    path("favicon.ico", favicon),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", site.urls),
    path("api/v1/", include("tenants.rest.urls")),
    path("api/v1/", include("endpoints.rest.urls")),
    path("api/v1/", include("usage.rest.urls")),
    path("api/schema", DocumentView.as_view(), name="api-schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
]

handler400 = "tenants.rest.problems.bad_request"
handler403 = "tenants.rest.problems.permission_denied"
handler404 = "tenants.rest.problems.page_not_found"
handler500 = "tenants.rest.problems.server_error"
