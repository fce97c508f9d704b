"""Callers who write at the same moment: a program that tests start on a database of its own.

It prints as JSON, by the name of the race, which statuses the callers saw.
"""

import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.test import Client

from endpoints.models import Endpoint
from endpoints.services.endpoints import endpoint_update
from tenants import services
from tenants.models import TenantProvider

SECONDS = 0.8
HELD = 0.2
LLM_URL = "https://llm.example.com/v1/chat/completions"

Work = Callable[[int], int]


class Caller:
    """Of the REST API, with a tenant of its own."""

    def __init__(self) -> None:
        self.tenant = services.tenant_create(name="Acme", plan="pro")
        _, key = services.api_key_create(tenant=self.tenant, name="k", scopes=["manage"])
        self._headers = {"authorization": f"Bearer {key.reveal()}"}

    def ask(self, method: str, path: str, said: Any = None) -> tuple[int, Any]:
        response = Client(raise_request_exception=False).generic(
            method,
            f"/api/v1/{path}",
            json.dumps(said) if said is not None else "",
            "application/json",
            headers=self._headers,
        )
        return response.status_code, json.loads(response.content or b"null")

    def status(self, method: str, path: str, said: Any = None) -> int:
        return self.ask(method, path, said)[0]

    def endpoint(self, **given: Any) -> dict[str, Any]:
        said = {"name": "n", "channel": "llm", "wire_format": "openai-chat", "url": LLM_URL}
        made: dict[str, Any] = self.ask("POST", "endpoints", said | given)[1]
        return made


def token(number: int) -> dict[str, str]:
    return {"type": "bearer", "token": f"token-number-{number}"}


def race(*works: Work) -> list[int]:
    """All of them again and again for a while, each on a thread; the statuses that came."""
    seen: set[int] = set()
    until = time.monotonic() + SECONDS

    def again(work: Work) -> None:
        number = 0
        while time.monotonic() < until:
            seen.add(work(number))
            number += 1
        connection.close()

    threads = [threading.Thread(target=again, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(seen)


def overtake(first: Callable[[], object], second: Callable[[], int]) -> list[int]:
    """What `second` sees that comes before `first` is committed, and 500 if `first` fails then."""
    seen, written = [], threading.Event()

    def wait_before_the_commit() -> None:
        try:
            with transaction.atomic():
                first()
                written.set()
                time.sleep(HELD)
        except DatabaseError:
            seen.append(500)
        connection.close()

    thread = threading.Thread(target=wait_before_the_commit)
    thread.start()
    written.wait(10)
    seen.append(second())
    thread.join()
    return seen


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


def main() -> None:
    logging.disable(logging.CRITICAL)
    races = (credential_of_an_endpoint, stored_credential)
    sys.stdout.write(json.dumps({each.__name__: each() for each in races}))
