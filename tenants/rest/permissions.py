"""What a key may do through REST: `manage` everything, `read` only look, the rest nothing."""

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from tenants.models import ApiKey
from tenants.rest.problems import ScopeMissing


class ScopePermission(BasePermission):
    """A key restricted to one agent never reaches REST, whatever its scopes say."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            raise NotAuthenticated("Send your API key as `Authorization: Bearer pb_live_…`.")
        enough = {"manage", "read"} if request.method in SAFE_METHODS else {"manage"}
        if key.agent_id or not enough.intersection(key.scopes):
            needed = " or ".join(f"`{scope}`" for scope in sorted(enough))
            raise ScopeMissing(f"This needs a key with the scope {needed}.")
        return True
