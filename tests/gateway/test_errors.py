"""The table of errors."""

import re
from pathlib import Path

import pytest

from gateway.errors import ERRORS, Refused


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

    not_built_yet = {"custom_voice_not_configured", "custom_transcriber_not_configured"}
    missing = {
        (kind.status, name)
        for name, kind in ERRORS.items()
        if (kind.status, name) not in told and name not in not_built_yet
    }
    assert not missing
    assert {name for _, name in told} <= ERRORS.keys()
