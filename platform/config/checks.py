"""What settings say that each for itself is right and together are not: `check --deploy` tells."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.http.request import validate_host


@checks.register(deploy=True)
def check_public_name(**kwargs: Any) -> list[checks.CheckMessage]:
    """Hosted URLs answer by any name; REST and admin by those that are listed alone."""
    name = urlsplit(settings.PUBLIC_URL).hostname or ""
    if validate_host(name, settings.ALLOWED_HOSTS):
        return []
    return [
        checks.Warning(
            f"REST and admin answer 400 at PUBLIC_URL: {name} is not among ALLOWED_HOSTS",
            hint=f"Add {name} to ALLOWED_HOSTS, unless they are to be reached by other names only.",
            id="patchbay.W201",
        )
    ]
