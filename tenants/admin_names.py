"""Names and pages for ids of rows that a lower package keeps but may not look up itself.

The ledger knows agents and endpoints by id only; the app that owns them registers how an id's name
is found and where its page is, and the ledger's pages ask here.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.contrib.admin.utils import quote
from django.urls import reverse

from tenants.admin_scope import Scope

# Names by id within a scope; `None` asks for all that a filter may offer.
Source = Callable[[Scope, Collection[str] | None], dict[str, str]]

TAIL = 6  # characters of an id that tell it from the others of a list

_sources: dict[str, Source] = {}
_pages: dict[str, str] = {}


def provide(kind: str, source: Source, page: str) -> None:
    """`page` is the name of the URL that takes an id."""
    _sources[kind] = source
    _pages[kind] = page


def names(kind: str, scope: Scope, ids: Collection[str] | None = None) -> dict[str, str]:
    source = _sources.get(kind)
    return source(scope, ids) if source else {}


@dataclass(frozen=True, slots=True)
class Named:
    """A row by its name; `more` is what people tell it by where that is not enough."""

    id: str
    name: str
    more: str = ""


def told_apart(rows: Iterable[Named]) -> dict[str, str]:
    """Labels by id: the name, where others bear it what else is known, and at last the id's end."""
    found = list(rows)
    names, wholes = Counter(map(_name, found)), Counter(map(_whole, found))
    return {
        row.id: row.name if names[_name(row)] == 1 else _longer(row, wholes[_whole(row)] == 1)
        for row in found
    }


def _name(row: Named) -> str:
    return row.name.casefold()


def _whole(row: Named) -> str:
    return f"{row.name}\n{row.more}".casefold()


def _longer(row: Named, enough: bool) -> str:
    """`enough`: no other row has both the name and `more`."""
    tail = f"…{row.id[-TAIL:]}"
    if not row.more:
        return f"{row.name} · {tail}"
    return f"{row.name} · {row.more}" if enough else f"{row.name} · {row.more} · {tail}"


def page_of(kind: str, own: str) -> str:
    """The address of the page of an id that `names` knows."""
    return reverse(_pages[kind], args=[quote(own)])
