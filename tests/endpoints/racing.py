"""Callers who come at the same moment, for programs that run on a PostgreSQL of their own."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.admin.utils import quote
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tenants import services
from tenants.models import User

SECONDS = 0.8
PATIENCE = 15.0
PASSWORD = "a long enough password"
LLM_URL = "https://llm.example.com/v1/chat/completions"

Work = Callable[[int], int]


class Caller:
    """Of the REST API and of the admin, with a tenant of its own."""

    def __init__(self) -> None:
        self.tenant = services.tenant_create(name="Acme", plan="pro")
        _, key = services.api_key_create(tenant=self.tenant, name="k", scopes=["manage"])
        member, _ = services.member_add(
            tenant=self.tenant, email=f"{self.tenant.id}@x.org", role="owner"
        )
        self.owner = User.objects.get(pk=member.user.pk)
        self.owner.set_password(PASSWORD)
        self.owner.save()
        browser = Client()
        browser.force_login(self.owner)
        self._session = browser.cookies[settings.SESSION_COOKIE_NAME].value
        self._headers = {"authorization": f"Bearer {key.reveal()}"}

    def ask(self, method: str, path: str, said: Any = None, **headers: str) -> tuple[int, Any]:
        response = Client(raise_request_exception=False).generic(
            method,
            f"/api/v1/{path}",
            json.dumps(said) if said is not None else "",
            "application/json",
            headers=self._headers
            | {name.replace("_", "-"): text for name, text in headers.items()},
        )
        return response.status_code, json.loads(response.content or b"null")

    def status(self, method: str, path: str, said: Any = None, **headers: str) -> int:
        return self.ask(method, path, said, **headers)[0]

    def tag(self, path: str) -> str:
        response = Client().get(f"/api/v1/{path}", headers=self._headers)
        return str(response.headers["ETag"])

    def post(self, row: Model, page: str, said: dict[str, Any]) -> int:
        """To a page of the admin, as an owner."""
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
        path = reverse(name, args=(quote(row.pk),)).replace("/change/", f"/{page}/")
        return self.post_to(path, said)

    def post_new(self, model: str, said: dict[str, Any]) -> int:
        return self.post_to(reverse(f"admin:{model}_add"), said)

    def post_to(self, path: str, said: dict[str, Any]) -> int:
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = self._session
        return client.post(path, said).status_code

    def endpoint(self, **given: Any) -> dict[str, Any]:
        said = {"name": "n", "channel": "llm", "wire_format": "openai-chat", "url": LLM_URL}
        made: dict[str, Any] = self.ask("POST", "endpoints", said | given)[1]
        return made


def token(number: int) -> dict[str, str]:
    return {"type": "bearer", "token": f"token-number-{number}"}


def race(*works: Work) -> list[int]:
    """All of them again and again for a while, each on a thread; the statuses that came."""
    seen: set[int] = set()
    deadline = time.monotonic() + SECONDS

    def again(work: Work) -> None:
        number = 0
        while time.monotonic() < deadline:
            seen.add(work(number))
            number += 1
        connection.close()

    join(started(*(partial(again, work) for work in works)))
    return sorted(seen)


def overtake(first: Callable[[], object], *seconds: Callable[[], int]) -> list[int]:
    """What `seconds` see that come before `first` is committed, and 500 if `first` fails then."""
    seen: list[int] = []
    written, commit = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                first()
                written.set()
                commit.wait(PATIENCE)
        except DatabaseError:
            seen.append(500)
        connection.close()

    def come(second: Callable[[], int]) -> None:
        written.wait(PATIENCE)
        seen.append(second())
        connection.close()

    futures = started(hold, *(partial(come, second) for second in seconds))
    until(lambda: len(seen) + waiting() >= len(seconds))
    commit.set()
    join(futures)
    return sorted(seen)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)


def waiting() -> int:
    """How many wait for somebody else's row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def started(*works: Callable[[], None]) -> list[Future[None]]:
    """Each on a thread of its own."""
    pool = ThreadPoolExecutor(len(works))
    futures = [pool.submit(work) for work in works]
    pool.shutdown(wait=False)
    return futures


def join(futures: list[Future[None]]) -> None:
    """Raises what one of them raised."""
    for future in futures:
        future.result()
