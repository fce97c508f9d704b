"""The URLs of an endpoint: checked, stored in their canonical spelling, shown without secrets."""

from collections.abc import Sequence

from egress.errors import UrlRefused
from egress.urls import CheckedUrl, check_url
from endpoints.models import HIDDEN_QUERY, Endpoint, Target
from endpoints.policy import policy
from tenants.errors import wrong
from vault.envelope import SecretUnreadable
from wire.base import WireFormat

MOST = 8


def shown(url: str) -> str:
    """A URL as it may be shown: its query may be a signature."""
    base, _, query = url.partition("?")
    return base + HIDDEN_QUERY if query else url


def checked(urls: Sequence[str], wire: WireFormat, stored: Sequence[str] = ()) -> list[CheckedUrl]:
    """The URLs in parts; one given as it was shown means the stored one. Raises `ValidationError`.

    The field is named `url` for a single URL and `urls` for several.
    """
    field = "url" if len(urls) == 1 else "urls"
    known = {shown(url): url for url in stored}
    urls = [known.get(url, url) for url in urls]
    if any(url.endswith(HIDDEN_QUERY) for url in urls):
        raise wrong(field, "The query of this URL is not known. Give the whole URL.", "invalid")
    if not 1 <= len(urls) <= MOST:
        raise wrong("urls", f"Give 1 to {MOST} URLs.", "invalid")
    try:
        found = [check_url(url, schemes=(wire.scheme,), policy=policy()) for url in urls]
    except UrlRefused as refusal:
        raise wrong(field, refusal.detail, "url_refused") from None
    if len({each.url for each in found}) < len(found):
        raise wrong(field, "A URL is given twice.", "unique")
    return found


def stored(endpoint: Endpoint) -> list[str]:
    """The URLs in full; one whose query does not open as it is shown, so that no save keeps it."""
    return [_full(target) for target in endpoint.targets.order_by("position")]


def _full(target: Target) -> str:
    try:
        return target.full_url
    except SecretUnreadable:
        return target.shown_url


def replace(endpoint: Endpoint, urls: Sequence[CheckedUrl]) -> None:
    endpoint.targets.all().delete()
    Target.objects.bulk_create(new(endpoint, each.url, at) for at, each in enumerate(urls))


def new(endpoint: Endpoint, url: str, position: int = 0) -> Target:
    """An unsaved row of a full URL."""
    base, _, query = url.partition("?")
    return Target(
        tenant_id=endpoint.tenant_id,
        endpoint=endpoint,
        position=position,
        url=base if query else url,
        query=query,
    )
