"""Another tenant's object answers exactly like one that does not exist, on every REST route.

The routes are found, not listed: one that stands in no table of `tests/isolation_policy.py` fails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.core.cache import cache
from django.db import connection, transaction
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from endpoints.models import Agent, Endpoint
from tenants.models import ApiKey
from tenants.rest.base import TenantView
from tests.admin.rows import House, house
from tests.isolation_policy import ADMIN, NOT_SERVED_HERE, POLICY, PUBLIC, Tenanted
from tests.tenants.rest.client import Caller
from tests.tenants.rows import agent, api_key
from usage.models import Call

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
IDENTITIES = ("anonymous", "all", "read", "hosted", "bound", "revoked", "expired")
OBJECT_ROUTES = [route for route, policy in POLICY.items() if policy.model]
ID = re.compile(r"(?:ten|key|prv|agt|end|val|evt|call|dsp)_[0-9a-z]{26}")


def served() -> dict[str, Any]:
    """Every route that Django serves, as `/api/v1/agents/<id>`, with its view."""
    return dict(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, Any]]:
    for each in patterns:
        text = prefix + str(each.pattern).removeprefix("^")
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, text)
        else:
            yield simplify_regex(text), each.callback


@dataclass
class World:
    """Two tenants with one of everything each."""

    acme: House
    globex: House

    def other(self, of: House) -> House:
        return self.globex if of is self.acme else self.acme

    def caller(self, of: House, identity: str) -> Caller:
        now = timezone.now()
        if identity == "anonymous":
            return Caller()
        scopes = {"read": ("read",), "hosted": ("llm", "voice", "transcriber")}.get(identity, ())
        fields: dict[str, Any] = {
            "bound": {"agent_id": "agt_1"},
            "revoked": {"revoked_at": now},
            "expired": {"expires_at": now - timedelta(seconds=1)},
        }.get(identity, {})
        # A key that was used just now is not noted again, so no request changes the database.
        row, text = api_key(of.tenant, *scopes, last_used_at=now, **fields)
        return Caller(text)


@pytest.fixture
def world(db: None) -> Iterator[World]:
    cache.clear()
    made = World(house("Acme"), house("Globex"))
    agent(made.acme.tenant)
    yield made
    cache.clear()


def answer_of(caller: Caller, method: str, path: str, body: Any, object_id: str) -> Any:
    """What a caller can tell: status, body and headers, the id it sent blotted out."""
    answer = caller.send(method, path, body)
    text = answer.content.decode().replace(object_id, "<id>")
    headers = {k: v.replace(object_id, "<id>") for k, v in answer.headers.items() if k != "Date"}
    return answer.status_code, text, headers


def nobodys(object_id: str) -> str:
    """An id of the same kind that no row has."""
    prefix, _, rest = object_id.partition("_")
    return f"{prefix}_{'0' * (len(rest) - 4)}zzzz"


def snapshot() -> dict[str, list[str]]:
    """Every row of every table."""
    rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = sorted(map(repr, cursor.fetchall()))
    return rows


def swapped(value: Any, ids: dict[str, str]) -> Any:
    """The same body or filter with every id exchanged."""
    if isinstance(value, dict):
        return {name: swapped(each, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [swapped(each, ids) for each in value]
    return ids.get(value, value) if isinstance(value, str) else value


def their_ids(mine: House, theirs: House) -> dict[str, str]:
    """Also of what the tenant itself gave, by which rows are found."""
    given = ((Call, "external_id"), (Agent, "name"), (Endpoint, "name"))
    named = {
        getattr(mine.rows[model], field): getattr(theirs.rows[model], field)
        for model, field in given
    }
    return named | {str(row.pk): str(theirs.rows[model].pk) for model, row in mine.rows.items()}


def no_ids(mine: House) -> dict[str, str]:
    return {object_id: nobodys(object_id) for object_id in map(str, mine.ids) if "_" in object_id}


# The tables are complete


def test_every_route_stands_in_exactly_one_table() -> None:
    strangers, views = [], served()
    for route in views:
        admins = route == ADMIN or route.startswith(f"{ADMIN}/")
        if (route in POLICY) + (route in PUBLIC) + (route in NOT_SERVED_HERE) + admins != 1:
            strangers.append(route)
    assert strangers == [], "say in tests/isolation_policy.py who may reach these routes"
    assert POLICY.keys() | PUBLIC <= views.keys(), "routes in the table that nobody serves"


def test_every_route_of_a_tenant_is_built_on_the_grammar() -> None:
    views = served()
    for route in POLICY:
        view = getattr(views[route], "cls", None) or views[route].view_class
        assert issubclass(view, TenantView), route
        assert view.permission_classes == TenantView.permission_classes, route
        assert view.authentication_classes == TenantView.authentication_classes, route


def test_every_body_field_and_filter_of_the_documents_is_tried() -> None:
    """What OpenAPI says may be sent is what the tables send."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    untried = []
    world_free = House("Acme", None, rows=_Anything())  # type: ignore[arg-type] # ids do not matter here
    for path, item in document["paths"].items():
        route = path.replace("{", "<").replace("}", ">")
        policy = POLICY.get(route, Tenanted())
        for method, operation in item.items():
            if route in PUBLIC:
                continue
            tried = {key for body in policy.bodies.get(method, ()) for key in body(world_free)}
            if _body_fields(document, operation) != tried:
                untried.append((method, route, _body_fields(document, operation) ^ tried))
            filters = policy.filters.keys() if method == "get" else set()
            if _filters(operation) != filters:
                untried.append((method, route, _filters(operation) ^ filters))
    assert untried == []


class _Anything(dict[Any, Any]):
    class Row:
        pk = "x_1"

    def __missing__(self, key: Any) -> "type[_Anything.Row]":
        return self.Row


def _body_fields(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return set()
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return set(document["components"]["schemas"][name].get("properties", {}))


def _filters(operation: dict[str, Any]) -> set[str]:
    named = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
    return named - {"limit", "cursor"}


# Ids in the address


@pytest.mark.parametrize("route", OBJECT_ROUTES)
@pytest.mark.parametrize("identity", IDENTITIES)
def test_id_of_another_tenant_answers_like_one_of_nobody(
    world: World, route: str, identity: str
) -> None:
    policy = POLICY[route]
    assert policy.model is not None
    for mine in (world.acme, world.globex):
        caller = world.caller(mine, identity)
        theirs = str(world.other(mine).rows[policy.model].pk)
        before = snapshot()
        for method in METHODS:
            for body in _bodies(policy, method, mine):
                cache.clear()
                told = [
                    answer_of(caller, method, route.replace("<id>", each), body, each)
                    for each in (theirs, nobodys(theirs))
                ]
                assert told[0] == told[1], (method, body)
                assert told[0][0] in (401, 403, 404, 405), (method, told[0])
        assert snapshot() == before


def _bodies(policy: Tenanted, method: str, mine: House) -> list[Any]:
    if method not in ("POST", "PUT", "PATCH"):
        return [None]
    return [{}, {"name": "mine"}] + [body(mine) for body in policy.bodies.get(method.lower(), ())]


@pytest.mark.parametrize("route", OBJECT_ROUTES)
def test_own_id_answers_otherwise(world: World, route: str) -> None:
    """Without this, a route that answers 404 to all would pass the test above."""
    model = POLICY[route].model
    assert model is not None
    path = route.replace("<id>", str(world.acme.rows[model].pk))
    methods = {"POST"} if route.endswith("/validate") else {"GET", "HEAD"}
    for method in methods:
        answer = world.caller(world.acme, "all").send(method, path, {})
        assert answer.status_code in (200, 202), (method, path, answer.content)


# Ids in bodies


BODIES = [
    pytest.param(route, method, position, id=f"{method}-{route}-{position}")
    for route, policy in POLICY.items()
    for method, bodies in policy.bodies.items()
    for position in range(len(bodies))
]


@pytest.mark.parametrize(("route", "method", "position"), BODIES)
def test_id_of_another_tenant_in_a_body_answers_like_one_of_nobody(
    world: World, route: str, method: str, position: int
) -> None:
    policy = POLICY[route]
    mine, theirs = world.acme, world.globex
    path = route
    if policy.model is not None:
        path = route.replace("<id>", str(mine.rows[policy.model].pk))
    caller = world.caller(mine, "all")
    body = policy.bodies[method][position](mine)
    foreign = swapped(body, their_ids(mine, theirs))
    before = snapshot()
    if foreign == body:
        assert send(caller, method, path, body)[0] in (200, 201)
        return
    told = send(caller, method, path, foreign)
    assert told == send(caller, method, path, swapped(body, no_ids(mine)))
    assert 400 <= told[0] < 500, told
    assert theirs.canary not in told[1]
    assert snapshot() == before
    assert send(caller, method, path, body) != told


def send(caller: Caller, method: str, path: str, body: Any) -> tuple[int, str]:
    """The answer with ids blotted out; what it did to the database is undone."""
    point = transaction.savepoint()
    answer = caller.send(method.upper(), path, body)
    if answer.status_code < 400:
        transaction.savepoint_rollback(point)
    return answer.status_code, ID.sub("<id>", answer.content.decode())


@pytest.mark.parametrize("route", [route for route in POLICY if "post" in POLICY[route].bodies])
def test_every_post_is_done_once_for_one_idempotency_key(world: World, route: str) -> None:
    caller = world.caller(world.acme, "all")
    for position, body in enumerate(POLICY[route].bodies["post"]):
        first = caller.post(route, body(world.acme), Idempotency_Key=f"k{position}")
        before = snapshot()
        again = caller.post(route, body(world.acme), Idempotency_Key=f"k{position}")
        assert (again.status_code, again.content) == (first.status_code, first.content)
        if first.status_code == 201:
            assert again.headers["Idempotent-Replayed"] == "true"
        assert snapshot() == before


# Ids in filters, and lists


FILTERS = [
    pytest.param(route, name, id=f"{route}-{name}")
    for route, policy in POLICY.items()
    for name in policy.filters
]


@pytest.mark.parametrize(("route", "name"), FILTERS)
def test_id_of_another_tenant_in_a_filter_finds_what_one_of_nobody_finds(
    world: World, route: str, name: str
) -> None:
    mine, theirs = world.acme, world.globex
    caller = world.caller(mine, "all")
    value = POLICY[route].filters[name](mine)
    own = caller.get(f"{route}?{name}={value}")
    assert own.status_code == 200
    assert theirs.canary not in own.text
    foreign = their_ids(mine, theirs).get(value)
    if foreign is None:
        return
    told = caller.get(f"{route}?{name}={foreign}")
    assert told.content == caller.get(f"{route}?{name}={nobodys(foreign)}").content
    assert told.json()["data"] == []
    assert own.json()["data"] != []


@pytest.mark.parametrize("route", [route for route, each in POLICY.items() if not each.model])
@pytest.mark.parametrize("identity", IDENTITIES)
def test_list_holds_nothing_of_another_tenant(world: World, route: str, identity: str) -> None:
    for mine in (world.acme, world.globex):
        answer = world.caller(mine, identity).get(route)
        expected = {"all": (200, 405), "read": (200, 405), "hosted": (403,), "bound": (403,)}
        assert answer.status_code in expected.get(identity, (401,))
        for mark in world.other(mine).marks:
            assert mark not in answer.text


def test_keys_of_one_tenant_say_nothing_of_the_other(world: World) -> None:
    """A row of each kind exists on both sides, so the tests above compare something."""
    assert world.acme.rows.keys() == world.globex.rows.keys()
    assert {policy.model for policy in POLICY.values() if policy.model} <= world.acme.rows.keys()
    assert ApiKey.objects.filter(tenant=world.acme.tenant).exists()
