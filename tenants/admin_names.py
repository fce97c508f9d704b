"""Names for ids of rows that a lower package keeps but may not look up itself.

The ledger knows agents and endpoints by id only; the app that owns them registers how an id's name
is found, and the ledger's pages ask here.
"""

from collections.abc import Callable, Collection

from tenants.admin_scope import Scope

# Names by id within a scope; `None` asks for all that a filter may offer.
Source = Callable[[Scope, Collection[str] | None], dict[str, str]]

_sources: dict[str, Source] = {}


def provide(kind: str, source: Source) -> None:
    _sources[kind] = source


def names(kind: str, scope: Scope, ids: Collection[str] | None = None) -> dict[str, str]:
    source = _sources.get(kind)
    return source(scope, ids) if source else {}
