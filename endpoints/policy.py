"""The operator's address policy, as the settings give it."""

from functools import cache

from django.conf import settings

from egress.policy import Policy


@cache
def _policy(allow_cidrs: tuple[str, ...], public_url: str, ca_file: str) -> Policy:
    return Policy.of(allow_cidrs=allow_cidrs, public_url=public_url, ca_file=ca_file)


def policy() -> Policy:
    """The same object for the same settings: an address policy is fixed at start."""
    return _policy(tuple(settings.EGRESS_ALLOW_CIDRS), settings.PUBLIC_URL, settings.EGRESS_CA_FILE)
