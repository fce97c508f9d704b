"""REST resources of this app, below `/api/v1/`."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from usage.rest.views import CallViewSet, EventViewSet, UsageView

router = SimpleRouter(trailing_slash=False)
router.register("events", EventViewSet, basename="event")
router.register("calls", CallViewSet, basename="call")

urlpatterns: list[URLPattern | URLResolver] = [
    path("usage", UsageView.as_view(), name="usage"),
    *router.urls,
]
