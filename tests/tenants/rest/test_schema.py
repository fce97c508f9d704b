import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from tests.tenants.rest.client import Caller

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"
MEND = "run `manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml`"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The document of the code as it is; a view that is not documented fails here."""
    file = tmp_path_factory.mktemp("schema") / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(file))
    return file.read_text()


@pytest.fixture(scope="module")
def operations(generated: str) -> list[tuple[str, str, dict[str, Any]]]:
    paths = yaml.safe_load(generated)["paths"]
    return [(path, method, each) for path in paths for method, each in paths[path].items()]


def test_committed_document_is_the_generated_one(generated: str) -> None:
    assert COMMITTED.read_text() == generated, MEND


def test_every_operation_has_a_summary_a_description_and_a_tag(
    operations: list[tuple[str, str, dict[str, Any]]],
) -> None:
    for path, method, each in operations:
        assert each.get("summary"), (path, method)
        assert each.get("description"), (path, method)
        assert [tag for tag in each["tags"] if tag != "api"], (path, method)


def test_every_operation_tells_of_keys_and_of_problems(
    operations: list[tuple[str, str, dict[str, Any]]],
) -> None:
    for path, method, each in operations:
        if each["security"] == [{}]:
            continue
        assert each["security"] == [{"apiKey": []}], (path, method)
        assert {"401", "403"} <= each["responses"].keys(), (path, method)
        for status, answer in each["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_every_post_takes_an_idempotency_key(
    operations: list[tuple[str, str, dict[str, Any]]],
) -> None:
    for path, method, each in operations:
        named = [parameter["name"] for parameter in each.get("parameters", [])]
        assert ("Idempotency-Key" in named) == (method == "post"), (path, method)


def test_document_and_pages_are_served_without_a_key_and_without_the_internet(db: None) -> None:
    schema = Caller().get("/api/schema")
    assert schema.status_code == 200
    assert b"/api/v1/me" in schema.content
    page = Caller().get("/api/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert loaded
    assert all(address.startswith(("/static/", "/api/docs?")) for address in loaded), loaded


@pytest.mark.parametrize("kind", ["application/vnd.oai.openapi", "application/json"])
def test_the_document_is_made_once_and_known_again_by_its_tag(db: None, kind: str) -> None:
    Caller().get("/api/schema", Accept=kind)
    began = time.thread_time()
    SchemaGenerator().get_schema(request=None, public=True)
    making = time.thread_time() - began
    took = []
    for _ in range(3):
        began = time.thread_time()
        first = Caller().get("/api/schema", Accept=kind)
        took.append(time.thread_time() - began)
    assert min(took) < making / 2
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert first.headers["Vary"] == "Accept"
    assert first.headers["Content-Type"].startswith(kind)
    again = Caller().get("/api/schema", Accept=kind, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_a_stranger_asks_for_does_not_get_into_the_document(db: None) -> None:
    plain = Caller().get("/api/schema")
    asked = Caller().get("/api/schema?version=canary&lang=de&urlconf=x")
    assert asked.content == plain.content
    assert "canary" not in str(asked.headers)
