"""What happens at the same moment: a program that `test_write_races.py` starts on PostgreSQL.

It prints as JSON, by the name of the race, which statuses the callers saw, and what a race counts.
"""

import json
import logging
import sys
from datetime import timedelta
from functools import partial
from io import StringIO

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from endpoints.models import Agent, CheckStatus, Endpoint
from endpoints.services.agents import agent_create, agent_delete, agent_update
from endpoints.services.endpoints import EndpointChanges, endpoint_delete, endpoint_update
from endpoints.snapshots import agent_snapshot
from endpoints.validation import lease
from endpoints.validation.base import Finding
from tenants import services
from tenants.models import Membership, TenantProvider, User
from tests.endpoints.racing import (
    LLM_URL,
    PASSWORD,
    Caller,
    join,
    overtake,
    race,
    started,
    token,
    until,
    waiting,
)
from usage import retention
from usage.models import Call
from usage.rows import CallRow
from usage.sql import PostgresDialect

NEW_PASSWORD = {
    "old_password": PASSWORD,
    "new_password1": "another long one",
    "new_password2": "another long one",
}


def credential_of_an_endpoint() -> list[int]:
    caller = Caller()
    endpoint = caller.endpoint(auth=token(0))["id"]
    provider = TenantProvider.objects.get(owner_endpoint_id=endpoint).id
    return race(
        lambda n: caller.status("PATCH", f"endpoints/{endpoint}", {"auth": token(n)}),
        lambda n: caller.status("PATCH", f"providers/{provider}", {"auth": token(n)}),
    )


def stored_credential() -> list[int]:
    """Deleted while the transaction is open that puts it to use."""
    caller = Caller()
    endpoint = Endpoint.objects.get(id=caller.endpoint()["id"])
    new = {"provider": "custom-llm", "name": "n", "auth": token(0), "hosts": ["llm.example.com"]}
    provider = caller.ask("POST", "providers", new)[1]["id"]

    def use() -> None:
        auth = {"provider": provider}
        endpoint_update(tenant=caller.tenant, endpoint=endpoint, auth=auth)

    return overtake(use, lambda: caller.status("DELETE", f"providers/{provider}"))


def endpoint_of_an_agent() -> list[int]:
    caller = Caller()
    shelf: list[str] = []

    def live(number: int) -> int:
        _, agent = caller.ask("POST", "agents", {"name": "n", "custom_llm_url": LLM_URL})
        shelf.append(agent["llm"])
        if number % 2:
            return caller.status("PATCH", f"agents/{agent['id']}", {"custom_llm_url": None})
        return caller.status("DELETE", f"agents/{agent['id']}")

    def change(number: int) -> int:
        return caller.status("PATCH", f"endpoints/{shelf[-1]}", {"model": f"m{number}"})

    live(0)
    return race(live, change, change)


def deleted_endpoint() -> list[int]:
    caller = Caller()
    row = Endpoint.objects.get(id=caller.endpoint()["id"])
    path = f"endpoints/{row.id}"
    return overtake(
        lambda: endpoint_delete(tenant=caller.tenant, endpoint=row),
        lambda: caller.status("PATCH", path, {"name": "other"}),
        lambda: caller.status("DELETE", path),
        lambda: caller.status("POST", f"{path}/validate"),
    )


def deleted_agent() -> list[int]:
    caller = Caller()
    row = agent_create(tenant=caller.tenant, name="n")
    return overtake(
        lambda: agent_delete(tenant=caller.tenant, agent=row),
        lambda: caller.status("PATCH", f"agents/{row.id}", {"name": "other"}),
        lambda: caller.status("DELETE", f"agents/{row.id}"),
    )


def deleted_credential() -> list[int]:
    caller = Caller()
    row = services.provider_create(
        tenant=caller.tenant, provider="custom-llm", name="n", auth={"type": "none"}, hosts=[]
    )
    return overtake(
        lambda: services.provider_delete(tenant=caller.tenant, provider=row),
        lambda: caller.status("PATCH", f"providers/{row.id}", {"name": "other"}),
        lambda: caller.status("DELETE", f"providers/{row.id}"),
    )


def deleted_endpoint_in_the_admin() -> list[int]:
    caller = Caller()
    row = Endpoint.objects.get(id=caller.endpoint()["id"])
    said = {"name": "other", "wire_format": "openai-chat", "url": LLM_URL, "auth_type": "none"}
    return overtake(
        lambda: endpoint_delete(tenant=caller.tenant, endpoint=row),
        lambda: caller.post(row, "change", said),
        lambda: caller.post(row, "delete", {"post": "yes"}),
        lambda: caller.post(row, "validate", {}),
    )


def opened_page() -> list[int]:
    """Saved before somebody else's change is committed; the last says whether that stands."""
    caller = Caller()
    row = agent_create(tenant=caller.tenant, name="n")
    said = {"name": "mine", "opened": json.dumps({"name": "n"})}
    seen = overtake(
        lambda: agent_update(tenant=caller.tenant, agent=row, name="theirs"),
        lambda: caller.post(row, "change", said),
    )
    return [*seen, Agent.objects.get(pk=row.pk).name == "theirs"]


def read_before() -> list[int]:
    """Changed by who read it before somebody else's change is committed; the last as above."""
    caller = Caller()
    row = agent_create(tenant=caller.tenant, name="n")
    path = f"agents/{row.id}"
    tag = caller.tag(path)
    seen = overtake(
        lambda: agent_update(tenant=caller.tenant, agent=row, name="theirs"),
        lambda: caller.status("PATCH", path, {"name": "mine"}, if_match=tag),
        lambda: caller.status("DELETE", path, if_match=tag),
    )
    return [*seen, Agent.objects.get(pk=row.pk).name == "theirs"]


def removed_member() -> list[int]:
    caller = Caller()
    row, _ = services.member_add(tenant=caller.tenant, email="eve@x.org", role="viewer")
    same = Membership.objects.get(pk=row.pk)
    return overtake(
        lambda: services.member_remove(tenant=caller.tenant, membership=same),
        lambda: caller.post(row, "change", {"role": "admin"}),
        lambda: caller.post(row, "delete", {"post": "yes"}),
    )


def finished_run() -> list[int]:
    """A worker finishes, and the endpoint or its credential is changed before that is committed."""
    caller = Caller()
    seen = []
    for path in ("endpoints/{}", "providers/{}"):
        made = caller.endpoint(auth=token(0))
        claim = lease.claim(made["validation"]["run"])
        assert claim is not None
        provider = TenantProvider.objects.get(owner_endpoint_id=made["id"]).id
        changed = path.format(made["id"] if path.startswith("endpoints") else provider)
        seen += overtake(claim.finish, partial(caller.status, "PATCH", changed, {"auth": token(1)}))
    return seen


def snapshot_of_an_agent() -> list[int]:
    """Its parts are all from before a save, or all from after it (0, else 1)."""
    caller = Caller()
    endpoint = Endpoint.objects.get(id=caller.endpoint(auth=token(0))["id"])
    agent = agent_create(tenant=caller.tenant, name="n", slots={"llm": endpoint.id})

    def save(number: int) -> int:
        side = number % 2
        urls = [f"https://{side}.example.com/"]
        given: EndpointChanges = {"model": str(side), "urls": urls, "auth": token(side)}
        endpoint_update(tenant=caller.tenant, endpoint=endpoint, **given)
        return 0

    def read(number: int) -> int:
        found = agent_snapshot(agent.id)
        assert found is not None
        llm = found.slots["llm"]
        at = llm.urls[0].removeprefix("https://")[0]
        return int(len({at, llm.model, llm.auth_hosts[0][0]}) > 1)

    save(0)
    return race(save, read, read)


def new_member() -> list[int]:
    """The same new person, by one tenant twice and by another one."""
    caller, other = Caller(), Caller()
    added = {"email": "ann@x.org", "role": "viewer"}
    seen = overtake(
        lambda: services.member_add(tenant=caller.tenant, email="ann@x.org", role="viewer"),
        lambda: caller.post_new("tenants_membership", added),
        lambda: other.post_new("tenants_membership", added),
    )
    return [*seen, Membership.objects.filter(user__email="ann@x.org").count()]


def lock_out() -> list[int]:
    """Of a person who changes their password at that moment; the last says whether they are in."""
    caller = Caller()
    seen = overtake(
        lambda: services.person_set_active(user=caller.owner, active=False),
        lambda: caller.post_to("/admin/password_change/", NEW_PASSWORD),
    )
    return [*seen, User.objects.get(pk=caller.owner.pk).is_active]


def given_password() -> list[int]:
    """By an operator, while the person chooses one; the last says whether theirs is good."""
    caller = Caller()
    seen = overtake(
        lambda: services.person_new_password(user=caller.owner),
        lambda: caller.post_to("/admin/password_change/", NEW_PASSWORD),
    )
    user = User.objects.get(pk=caller.owner.pk)
    return [*seen, user.check_password(NEW_PASSWORD["new_password1"])]


def renewed_hash() -> list[int]:
    """Of the old password, as somebody signs in with it while an operator gives another one."""
    caller = Caller()
    User.objects.filter(pk=caller.owner.pk).update(password=make_password(PASSWORD, salt="short"))
    seen = overtake(
        lambda: services.person_new_password(user=caller.owner),
        lambda: caller.post_to(
            "/admin/login/", {"username": caller.owner.email, "password": PASSWORD}
        ),
    )
    return [*seen, User.objects.get(pk=caller.owner.pk).check_password(PASSWORD)]


def pruned_call() -> list[int]:
    """Old as long as nobody sees that it goes on; how many rows went, and how many are left."""
    now = timezone.now()
    old = now - timedelta(days=99)
    call = CallRow("call_1", "ten_1", "agt_1", "", now, now)
    Call.objects.create(id=call.id, started_at=old, ended_at=old)

    def go_on() -> None:
        with connection.cursor() as cursor:
            PostgresDialect(cursor).widen_calls([call])

    deleted = overtake(go_on, lambda: retention.prune(now - timedelta(days=90)))
    return [*deleted, Call.objects.count()]


def rotation() -> list[int]:
    """Comes to a row that is held by somebody who then wants one that it has passed already."""
    caller = Caller()
    made = [caller.endpoint(auth=token(n))["id"] for n in range(2)]
    rows = TenantProvider.objects.select_for_update()
    first, second = (rows.filter(owner_endpoint_id=each) for each in made)
    outcome: list[int] = []

    def rotate() -> None:
        call_command("vault_rotate", "--data-keys", stdout=StringIO())
        outcome.append(0)
        connection.close()

    with transaction.atomic():
        second.get().save()
        rotating = started(rotate)
        until(lambda: waiting() > 0)
        first.get().save()
    join(rotating)
    return outcome


def run_of_a_deleted_endpoint() -> list[int]:
    """A worker stores what a check saw, and the endpoint is deleted before that is committed."""
    caller = Caller()
    made = caller.endpoint()
    claim = lease.claim(made["validation"]["run"])
    assert claim is not None

    def store() -> None:
        found = Finding(CheckStatus.PASSED, "fine")
        claim.store(position=1, name="n", label="n", took=1.0, found=found, evidence={})

    return overtake(store, lambda: caller.status("DELETE", f"endpoints/{made['id']}"))


def main() -> None:
    logging.disable(logging.CRITICAL)
    races = (
        credential_of_an_endpoint,
        stored_credential,
        endpoint_of_an_agent,
        deleted_endpoint,
        deleted_agent,
        deleted_credential,
        deleted_endpoint_in_the_admin,
        opened_page,
        read_before,
        removed_member,
        run_of_a_deleted_endpoint,
        finished_run,
        new_member,
        snapshot_of_an_agent,
        rotation,
        pruned_call,
        lock_out,
        given_password,
        renewed_hash,
    )
    sys.stdout.write(json.dumps({each.__name__: each() for each in races}))
