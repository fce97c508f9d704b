"""Workers and people who save at the same moment, on PostgreSQL, whose rows have locks."""

from pathlib import Path

from tests.installation import Installation
from tests.servers.postgres import Postgres
from tests.vault.test_rotation import OLD

RACE = r"""
import itertools, threading, time
from django.db import connection
from endpoints.models import ValidationRun
from endpoints.services.endpoints import endpoint_create, endpoint_update
from endpoints.validation import lease
from tenants.services import tenant_create

tenant = tenant_create(name="Acme", plan="pro")
endpoints = [
    endpoint_create(
        tenant=tenant, channel="llm", name=name, wire_format="openai-chat",
        urls=["https://llm.example.com/v1/chat/completions"],
    ).endpoint
    for name in ("one", "two")
]
until = time.monotonic() + 1.5
failures, saves, done = [], itertools.count(), [0]
def saving(endpoint):
    endpoint_update(tenant=tenant, endpoint=endpoint, model=f"model-{next(saves)}")

def claiming(endpoint):
    for run in ValidationRun.objects.filter(endpoint=endpoint).order_by("-created_at")[:2]:
        lease.claim(run.id)

def again(work, endpoint):
    try:
        while not failures and time.monotonic() < until + 60 * (done[0] <= 20):
            work(endpoint)
            done[0] += work is saving
    except Exception as error:
        failures.append(str(error))
    connection.close()

pairs = itertools.product((saving, claiming), endpoints)
threads = [threading.Thread(target=again, args=pair) for pair in pairs]
[each.start() for each in threads]; [each.join() for each in threads]
print(failures, next(saves) > 20)
"""


def test_who_saves_and_who_claims_do_not_wait_for_each_other(
    postgres: Postgres, tmp_path: Path
) -> None:
    made = Installation(postgres.new_database(), tmp_path)
    made.run(OLD, "manage.py", "migrate", "-v0")
    assert made.run(OLD, *made.program(RACE)).strip() == "[] True"
