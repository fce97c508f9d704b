"""The table of errors."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from egress import errors, hops
from gateway.errors import ERRORS, Refused, status_of

PLATFORM = Path(__file__).parents[2] / "platform"
SENTENCES = re.compile(r"[A-Z0-9].*\.", re.DOTALL)
# Where a detail stands among the arguments of what carries it to the caller.
DETAIL_AT = {
    **{name: 0 for name, each in {**vars(errors), **vars(hops)}.items()
       if isinstance(each, type) and issubclass(each, errors.EgressError)},
    "TimedOut": None, "DispatchFailed": 1, "Refused": 1, "_bad": 1, "failed": 2,
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "close", "codes"),
    [
        (401, 4401, {"invalid_api_key"}),
        (403, 4403, {"plan_required", "scope_missing"}),
        (404, 4404, {"agent_not_found", "url_not_found"}),
        (
            409,
            4409,
            {
                "custom_llm_not_configured",
                "custom_voice_not_configured",
                "custom_transcriber_not_configured",
            },
        ),
        (413, 4413, {"request_too_large"}),
        (426, 4426, {"upgrade_required"}),
        (422, 4422, {"invalid_request"}),
        (429, 4429, {"concurrency_limit", "rate_limit"}),
        (504, 1011, {"upstream_timeout"}),
        (
            502,
            1011,
            {
                "upstream_connect_failed",
                "upstream_tls_failed",
                "upstream_refused",
                "upstream_bad_response",
                "upstream_truncated",
            },
        ),
    ],
)
def test_a_code_of_the_contract_has_its_status(status: int, close: int, codes: set[str]) -> None:
    found = {code for code, kind in ERRORS.items() if (kind.status, kind.close) == (status, close)}

    assert found == codes


def test_what_may_succeed_later_says_when_to_try_again() -> None:
    later = {code for code, kind in ERRORS.items() if kind.retry_after}

    assert later == {
        "concurrency_limit", "rate_limit", "draining", "usage_unavailable", "overloaded",
    }  # fmt: skip


def test_a_detail_follows_the_message() -> None:
    assert Refused("agent_not_found").message == "There is no such agent."
    assert Refused("invalid_request", "No JSON.").message.endswith("cannot be read. No JSON.")


def test_spoken_error_has_status_200_unless_somebody_must_mend_something() -> None:
    spoken = {code for code, kind in ERRORS.items() if status_of(kind, spoken=True) == 200}
    assert {ERRORS[code].status for code in spoken} == {408, 429, 500, 502, 503, 504}
    kept = [status_of(kind, spoken=False) for kind in ERRORS.values()]
    assert kept == [kind.status for kind in ERRORS.values()]


def details(source: str) -> Iterator[str]:
    """The literal details in a module, with `1` for what is only known when it runs."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        at = DETAIL_AT.get(name)
        if at is None or len(node.args) <= at:
            continue
        given = node.args[at]
        if isinstance(given, ast.Constant):
            yield str(given.value)
        elif isinstance(given, ast.JoinedStr):
            parts = (each.value if isinstance(each, ast.Constant) else 1 for each in given.values)
            yield "".join(str(part) for part in parts)


def test_every_text_that_joins_another_is_a_sentence() -> None:
    found = {
        detail
        for package in ("egress", "dispatch", "gateway")
        for path in (PLATFORM / package).rglob("*.py")
        for detail in details(path.read_text())
    }
    assert len(found) > 40
    texts = {*found, errors.TimedOut("idle", 1.5).detail}
    texts |= {kind.message for kind in ERRORS.values()}
    assert [text for text in sorted(texts) if text and not SENTENCES.fullmatch(text)] == []


def test_the_docs_name_every_code_beside_its_status() -> None:
    page = Path(__file__).parents[2] / "docs" / "hosted-urls.md"
    table = page.read_text().partition("## Errors")[2].partition("## Limits")[0]
    rows = re.findall(r"^\| ([0-9, ]+) \| (.*) \|$", table, re.MULTILINE)
    told = {
        (int(status), name)
        for statuses, codes in rows
        for name in re.findall(r"`([a-z_]+)`", codes)
        for status in statuses.split(",")
    }

    not_built_yet = {"custom_voice_not_configured"}
    missing = {
        (kind.status, name)
        for name, kind in ERRORS.items()
        if (kind.status, name) not in told and name not in not_built_yet
    }
    assert not missing
    assert {name for _, name in told} <= ERRORS.keys()
