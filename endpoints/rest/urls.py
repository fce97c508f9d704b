"""REST resources of this app, below `/api/v1/`."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from endpoints.rest.views import (
    AgentViewSet,
    EndpointViewSet,
    ValidationRunViewSet,
    WireFormatView,
)

router = SimpleRouter(trailing_slash=False)
router.register("agents", AgentViewSet, basename="agent")
router.register("endpoints", EndpointViewSet, basename="endpoint")
router.register("validation-runs", ValidationRunViewSet, basename="validation-run")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("wire-formats", WireFormatView.as_view(), name="wire-formats"),
]
