"""Who calls the REST API: exactly one `Authorization: Bearer pb_live_…` header."""

import re

import structlog
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants import keys
from tenants.models import ApiKey
from tenants.services.api_keys import USE_NOTED_EVERY, api_keys_used

_HEADER = re.compile(rf"(?i:bearer) ({keys.PATTERN})", re.ASCII)
_REFUSED = "The API key is wrong, revoked or expired."

log = structlog.get_logger(__name__)


class KeyAuthentication(BaseAuthentication):
    """Leaves the key's row, with its tenant, in `request.auth`; there is no user.

    Two `Authorization` headers reach Django joined by a comma, which the pattern does not match.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        match = _HEADER.fullmatch(header)
        if match is None or not keys.looks_real(match[1]):
            raise AuthenticationFailed(_REFUSED)
        return AnonymousUser(), _living_key(keys.digest(match[1]))

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Patchbay"'


def _living_key(digest: str) -> ApiKey:
    row = ApiKey.objects.select_related("tenant").filter(digest=digest).first()
    now = timezone.now()
    if row is None or row.revoked_at or (row.expires_at and row.expires_at <= now):
        raise AuthenticationFailed(_REFUSED)
    if row.last_used_at is None or row.last_used_at < now - USE_NOTED_EVERY:
        _note_use(row.pk)
    return row


def _note_use(key_id: str) -> None:
    """A busy database refuses nobody for the sake of a note."""
    try:
        api_keys_used([key_id])
    except DatabaseError as error:
        log.warning("api_key.use_not_noted", key=key_id, error=type(error).__name__)
