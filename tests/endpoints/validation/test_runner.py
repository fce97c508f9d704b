"""Runs as they are done: in order, for the version they are of, within their time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.db.models import Model

from endpoints.models import Endpoint, RunStatus, Target, ValidationRun
from endpoints.selectors import latest_runs
from endpoints.services.endpoints import endpoint_update
from endpoints.validation import lease, probes, runner, stopping
from endpoints.validation.base import Check, Finding, Seen
from endpoints.validation.registry import all_checks, checks_of, collect
from tenants.models import Tenant, TenantProvider
from tests.endpoints.rows import TOKEN, saved_endpoint
from tests.endpoints.validation import broken_package, twice_package
from tests.endpoints.validation.zoo import HEALTHY
from tests.tenants import rows
from tests.upstreams import Stall
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Seen as SeenRequest

AUTH = {"type": "bearer", "token": TOKEN}


def saved(tenant: Tenant, url: str, **given: Any) -> ValidationRun:
    done = saved_endpoint(tenant, urls=[f"{url}/v1/chat/completions"], auth=AUTH, **given)
    assert done.run is not None
    return done.run


def run_in_thread(run_id: str) -> None:
    try:
        runner.run(run_id)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_a_run_of_an_older_version_never_overwrites_the_newer_verdict(
    upstream: StartUpstream, loopback: None
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def script(seen: SeenRequest) -> Any:
        if seen.json()["model"] == "old":
            asked.set()
            go_on.wait(10)
        return HEALTHY(seen)

    acme = rows.tenant("Acme")
    # The script blocks the server's own thread, so the run of the new version has another server.
    old = saved(acme, upstream(script).url, model="old")
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(run_in_thread, old.id)
        assert asked.wait(10)
        new = endpoint_update(tenant=acme, endpoint=old.endpoint, model="new").run
        go_on.set()
        slow.result(30)
    assert new is not None
    runner.run(new.id)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, new.status) == (RunStatus.SUPERSEDED, RunStatus.PASSED)
    endpoint = Endpoint.objects.get()
    assert latest_runs(acme, [endpoint]) == {endpoint.id: new}
    assert "whole_reply" not in old.checks.values_list("name", flat=True)


def test_few_requests_are_made_and_they_are_named_as_tests(
    acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    server = upstream(HEALTHY)
    run = saved(acme, server.url, model="house-7b")
    runner.run(run.id)
    seen = [(each.json().get("stream"), each.header("authorization")) for each in server.requests]
    assert seen == [(True, f"Bearer {TOKEN}"), (None, None), (None, f"Bearer {TOKEN}")]
    assert {each.header("user-agent") for each in server.requests} == {"Patchbay/0.1 (validation)"}
    assert {each.json()["model"] for each in server.requests} == {"house-7b"}
    assert all(each.json()["max_tokens"] <= 200 for each in server.requests)


def test_what_cannot_be_reached_is_not_called(acme: Tenant, loopback: None) -> None:
    run = saved(acme, "https://localhost:1024")
    runner.run(run.id)
    found = dict(run.checks.values_list("name", "status"))
    assert found.pop("address") == "failed"
    assert set(found.values()) == {"skipped"}
    assert run.checks.get(name="address").duration_ms % 100 == 0


def test_each_target_is_looked_at(acme: Tenant, upstream: StartUpstream, loopback: None) -> None:
    urls = [f"{upstream(HEALTHY).url}/v1/chat/completions", "https://localhost:1024/"]
    done = saved_endpoint(acme, urls=urls, auth=AUTH)
    assert done.run is not None
    runner.run(done.run.id)
    address = done.run.checks.get(name="address")
    assert address.status == "failed"
    assert "localhost:1024" in address.summary
    assert done.run.checks.get(name="whole_reply").status == "passed"


def test_a_refused_address_is_told_without_the_range(acme: Tenant, settings: Any) -> None:
    settings.EGRESS_ALLOW_CIDRS = ("127.0.0.0/8",)
    run = saved(acme, "https://localhost:1024")
    settings.EGRESS_ALLOW_CIDRS = ()
    runner.run(run.id)
    address = run.checks.get(name="address")
    assert address.status == "failed"
    assert "127." not in address.summary + address.hint


def test_an_answer_that_takes_too_long_is_broken_off(
    acme: Tenant, upstream: StartUpstream, loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "EXCHANGE_SECONDS", 0.5)  # the clock, not our code
    run = saved(acme, upstream([Stall()]).url)
    runner.run(run.id)
    answer = run.checks.get(name="answer")
    assert (answer.status, "total clock" in answer.summary) == ("failed", True)


def test_a_run_of_this_process_is_given_back_when_it_is_told_to_end(
    acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    run = saved(acme, upstream([Stall()]).url)
    timer = threading.Timer(0.5, stopping.set)
    timer.start()
    try:
        runner.run(run.id)
    finally:
        timer.join()
        stopping.clear()
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED
    assert lease.overdue() == [run.id]


@pytest.mark.parametrize(
    ("model", "column", "address"),
    [(TenantProvider, "secrets", "passed"), (Target, "query", "skipped")],
)
def test_a_secret_that_cannot_be_opened_is_named_and_nothing_is_sent(
    model: type[Model], column: str, address: str, acme: Tenant, upstream: StartUpstream,
    loopback: None,
) -> None:  # fmt: skip
    server = upstream(HEALTHY)
    run = saved(acme, f"{server.url}/?sig=1")
    with connections["default"].cursor() as cursor:
        cut = f"substr({column}, 1, length({column}) - 6)"
        cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = {cut} || 'AAAAAA'")
    runner.run(run.id)
    found = dict(run.checks.values_list("name", "status"))
    assert found.pop("address") == address
    assert found.pop("authentication") == "failed"
    assert set(found.values()) == {"skipped"}
    assert "cannot be opened" in run.checks.get(name="authentication").summary
    assert not server.requests


class Breaks(Check):
    name, label, about, position = "breaks", "Breaks", "Breaks.", 1

    def run(self, seen: Seen) -> Finding:
        raise RecursionError("canary-in-an-exception")


def test_a_check_that_breaks_is_skipped_and_logged_without_what_it_saw(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = runner._looked(Breaks(), Seen(None, 0.0))  # type: ignore[arg-type] # it looks at nothing
    assert found.status == "skipped"
    assert "validation.check_broken" in caplog.text
    assert "canary" not in found.summary + caplog.text


def test_checks_are_found_by_their_files_and_ordered_by_position() -> None:
    positions = [check.position for check in all_checks()]
    assert positions == sorted(positions)
    shared = [{check.name for check in checks_of(channel)} for channel in ("llm", "transcriber")]
    assert shared[0] & shared[1] == {"address", "authentication", "answer"}


@pytest.mark.parametrize(
    ("package", "says"), [(twice_package, "named address"), (broken_package, "one position")]
)
def test_two_checks_of_one_name_or_position_are_refused(package: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        collect(package)
