"""A brake on runaway scripts; the hosted URLs have their own limits, by plan."""

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from tenants.models import ApiKey


class TenantWrites(SimpleRateThrottle):
    """Writes of one tenant, whichever of its keys makes them; counted in this process."""

    rate = "600/min"
    scope = "tenant-writes"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if request.method in SAFE_METHODS or not isinstance(request.auth, ApiKey):
            return None
        return f"throttle:{self.scope}:{request.auth.tenant_id}"
