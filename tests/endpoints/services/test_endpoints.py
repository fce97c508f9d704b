"""Saving, changing and deleting endpoints."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from endpoints.models import Endpoint, RunStatus, ValidationRun
from endpoints.services import endpoints as services
from endpoints.services.runs import endpoint_validate
from tenants.errors import Conflict, Gone, PlanRequired
from tenants.models import Change, Tenant
from tests.endpoints.rows import TOKEN, URL, agent, endpoint, saved_endpoint
from tests.tenants import rows


def problems(call: Callable[[], Any]) -> dict[str, list[str]]:
    """The complaints of a refused write, by field."""
    with pytest.raises(ValidationError) as refused:
        call()
    return refused.value.message_dict


def told(kind: str) -> list[str]:
    return list(Change.objects.filter(kind=kind).values_list("object_id", flat=True))


def test_a_saved_endpoint_has_its_targets_a_queued_run_and_a_notice(acme: Tenant) -> None:
    saved = saved_endpoint(acme, model="house-7b", timeouts={"idle": 12})
    stored = Endpoint.objects.get()
    assert [target.url for target in stored.targets.all()] == [URL]
    assert (stored.model, stored.version, stored.timeouts) == ("house-7b", 1, {"idle": 12})
    run = ValidationRun.objects.get()
    assert saved.run == run
    assert (run.status, run.endpoint_version, run.tenant) == (RunStatus.QUEUED, 1, acme)
    assert told("endpoint") == [stored.id]


def test_the_free_plan_has_no_custom_endpoints(db: None) -> None:
    free = rows.tenant("Small", plan="free")
    with pytest.raises(PlanRequired, match="Pro and Enterprise"):
        saved_endpoint(free)
    assert not Endpoint.objects.exists()


def test_a_tenant_that_left_its_plan_may_delete_but_not_change(acme: Tenant) -> None:
    kept = endpoint(acme)
    acme.plan_name = "free"
    acme.save()
    with pytest.raises(PlanRequired):
        services.endpoint_update(tenant=acme, endpoint=kept, name="Other")
    services.endpoint_delete(tenant=acme, endpoint=kept)
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://llm.example.com/v1", "use https://"),
        ("ws://llm.example.com/v1", "must start with https://"),
        ("wss://llm.example.com/v1", "must start with https://"),
        ("https://169.254.169.254/", "not an IP address"),
        ("https://u:p@llm.example.com/", "user names and passwords out"),
        ("https://localhost/", "localhost is this machine"),
        ("https://exa mple.com/", "space"),
        ("", "Enter a URL"),
    ],
)
def test_a_url_that_may_not_be_called_is_refused_with_what_to_do(
    acme: Tenant, url: str, says: str
) -> None:
    found = problems(lambda: saved_endpoint(acme, urls=[url]))
    assert list(found) == ["url"]
    assert says in found["url"][0]
    assert not ValidationRun.objects.exists()


@pytest.mark.parametrize("number", [0, 9])
def test_an_endpoint_has_one_to_eight_urls(acme: Tenant, number: int) -> None:
    urls = [f"https://llm{n}.example.com/" for n in range(number)]
    assert list(problems(lambda: saved_endpoint(acme, urls=urls))) == ["urls"]


def test_the_same_url_twice_in_two_spellings_is_refused(acme: Tenant) -> None:
    twice = ["https://llm.example.com", "https://LLM.example.com:443/"]
    assert "given twice" in problems(lambda: saved_endpoint(acme, urls=twice))["urls"][0]


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"channel": "smell"}, "channel", "llm, voice, transcriber"),
        ({"wire_format": "morse"}, "wire_format", "openai-chat"),
        ({"timeouts": {"idle": 0}}, "timeouts.idle", "between"),
        ({"timeouts": {"read": 3}}, "timeouts.read", "no clock"),
        ({"settings": {"colour": "red"}}, "settings.colour", "no such setting"),
        ({"settings": {"include_usage": "yes"}}, "settings.include_usage", "true or false"),
        ({"name": "  "}, "name", "blank"),
        ({"name": "n" * 121}, "name", "at most 120"),
        ({"model": "m" * 201}, "model", "at most 200"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(
    acme: Tenant, given: dict[str, Any], field: str, says: str
) -> None:
    found = problems(lambda: saved_endpoint(acme, **given))
    assert list(found) == [field]
    assert says in found[field][0]


def test_a_change_is_a_new_version_with_a_new_run_and_ends_the_old_one(acme: Tenant) -> None:
    first = saved_endpoint(acme)
    again = services.endpoint_update(tenant=acme, endpoint=first.endpoint, model="house-8b")
    assert again.endpoint.version == 2
    old, new = ValidationRun.objects.order_by("id")
    assert (old.status, new.status, new.endpoint_version) == (
        RunStatus.SUPERSEDED,
        RunStatus.QUEUED,
        2,
    )


@pytest.mark.parametrize(
    "given", [{"name": "Other"}, {"model": ""}, {"urls": [URL]}, {"timeouts": {}}, {}]
)
def test_what_no_test_could_see_makes_no_new_version(acme: Tenant, given: dict[str, Any]) -> None:
    first = endpoint(acme)
    again = services.endpoint_update(tenant=acme, endpoint=first, **given)
    assert (again.endpoint.version, again.run) == (1, None)
    assert ValidationRun.objects.count() == 1
    assert Endpoint.objects.get().name == given.get("name", "House model")


def test_null_takes_the_default_of_a_clock_or_setting_again(acme: Tenant) -> None:
    first = endpoint(acme, timeouts={"idle": 12, "total": 60}, settings={"include_usage": False})
    services.endpoint_update(
        tenant=acme, endpoint=first, timeouts={"idle": None}, settings={"include_usage": None}
    )
    stored = Endpoint.objects.get()
    assert (stored.timeouts, stored.settings) == ({"total": 60}, {})


def test_a_signed_url_that_comes_back_as_it_was_shown_is_kept(acme: Tenant) -> None:
    signed = f"{URL}?sig=canary-signature"
    first = endpoint(acme, urls=[signed])
    more = [f"{URL}?…", "https://two.example.com/"]
    services.endpoint_update(tenant=acme, endpoint=first, urls=more)
    assert services.targets.stored(first) == [signed, "https://two.example.com/"]
    assert "canary" not in str(first.targets.first())


def test_a_signature_that_does_not_open_is_given_again_with_its_whole_url(acme: Tenant) -> None:
    first = endpoint(acme, urls=[f"{URL}?sig=canary-signature"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE endpoints_target SET query = replace(query, ':', ':A')")
    for given in ({"model": "m"}, {"urls": [f"{URL}?…"]}, {"urls": ["https://b.example.com/?…"]}):
        with pytest.raises(ValidationError, match="Give the whole URL"):
            services.endpoint_update(tenant=acme, endpoint=first, **given)
    services.endpoint_update(tenant=acme, endpoint=first, urls=[f"{URL}?sig=2"])
    assert services.targets.stored(first) == [f"{URL}?sig=2"]


@pytest.mark.parametrize("url", ["https://a.example.com/?", "https://a.example.com/?a=?&b=%20"])
def test_a_url_is_called_as_it_was_given_whatever_its_query(acme: Tenant, url: str) -> None:
    first = endpoint(acme, urls=[url])
    assert services.targets.stored(first) == [url]
    version = first.version
    services.endpoint_update(tenant=acme, endpoint=first, urls=[first.targets.get().shown_url])
    first.refresh_from_db()
    assert (services.targets.stored(first), first.version) == ([url], version)


def test_an_endpoint_that_agents_use_is_not_deleted_and_names_them(acme: Tenant) -> None:
    used = endpoint(acme)
    for number in range(7):
        agent(acme, name=f"Agent {number}", slots={"llm": used.id})
    with pytest.raises(
        Conflict, match=r"Agent 0 \(agt_.*Agent 4 \(agt_\w+\) and 2 more"
    ) as refused:
        services.endpoint_delete(tenant=acme, endpoint=used)
    assert refused.value.code == "endpoint_in_use"
    assert Endpoint.objects.exists()


def test_deleting_takes_targets_runs_and_own_credential_along(acme: Tenant) -> None:
    gone = endpoint(acme, auth={"type": "bearer", "token": TOKEN})
    services.endpoint_delete(tenant=acme, endpoint=gone)
    assert not acme.providers.exists()
    assert not ValidationRun.objects.exists()
    assert told("endpoint") == [gone.id, gone.id]


def test_another_tenants_endpoint_cannot_be_written(acme: Tenant, globex: Tenant) -> None:
    theirs = endpoint(globex)
    for write in (services.endpoint_update, services.endpoint_delete, endpoint_validate):
        with pytest.raises(Gone):
            write(tenant=acme, endpoint=theirs)


def test_asking_for_validation_twice_gives_the_same_run_until_it_is_done(acme: Tenant) -> None:
    saved = saved_endpoint(acme)
    assert endpoint_validate(tenant=acme, endpoint=saved.endpoint) == saved.run
    ValidationRun.objects.update(status=RunStatus.PASSED)
    second = endpoint_validate(tenant=acme, endpoint=saved.endpoint)
    assert second != saved.run
    assert second.endpoint_version == 1
