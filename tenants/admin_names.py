"""Names and pages for ids of rows that a lower package keeps but may not look up itself.

The ledger knows agents and endpoints by id only; the app that owns them registers how an id's name
is found and where its page is, and the ledger's pages ask here.
"""

from collections.abc import Callable, Collection

from django.contrib.admin.utils import quote
from django.urls import reverse

from tenants.admin_scope import Scope

# Names by id within a scope; `None` asks for all that a filter may offer.
Source = Callable[[Scope, Collection[str] | None], dict[str, str]]

_sources: dict[str, Source] = {}
_pages: dict[str, str] = {}


def provide(kind: str, source: Source, page: str) -> None:
    """`page` is the name of the URL that takes an id."""
    _sources[kind] = source
    _pages[kind] = page


def names(kind: str, scope: Scope, ids: Collection[str] | None = None) -> dict[str, str]:
    source = _sources.get(kind)
    return source(scope, ids) if source else {}


def page_of(kind: str, own: str) -> str:
    """The address of the page of an id that `names` knows."""
    return reverse(_pages[kind], args=[quote(own)])
