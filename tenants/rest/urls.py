"""REST resources of this app, below `/api/v1/`."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from tenants.rest.views import ApiKeyViewSet, MeView, ProviderViewSet, SessionTokenView

router = SimpleRouter(trailing_slash=False)
router.register("api-keys", ApiKeyViewSet, basename="api-key")
router.register("providers", ProviderViewSet, basename="provider")

urlpatterns: list[URLPattern | URLResolver] = [
    path("me", MeView.as_view(), name="me"),
    path("session-tokens", SessionTokenView.as_view(), name="session-tokens"),
    *router.urls,
]
