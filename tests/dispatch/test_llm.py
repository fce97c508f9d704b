"""What goes wrong upstream before anything was sent to the caller, over the real server."""

from typing import Any

import pytest

from tests.gateway.calls import END, PATH, SSE, WORD, code, event_of, post
from tests.live import LiveTenant
from tests.servers.program import free_port
from tests.upstreams.authority import Authority
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Close, Reset, Send, Stall, Step, head, reply, sse
from tests.upstreams.server import Blackhole


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("status", [400, 401, 404, 408, 422, 429, 500, 503, 599])
def test_an_endpoints_own_error_passes_with_its_body(
    tenant: LiveTenant, upstream: StartUpstream, status: int, stream: bool
) -> None:
    error = reply(
        status, {"error": {"message": "mine"}}, ("retry-after", "7"), ("retry-after-ms", "6500"),
        ("set-cookie", "a=b"), ("server", "secret/1.0"), ("location", "https://elsewhere"),
    )  # fmt: skip
    agent = tenant.agent(upstream([error]).url + PATH)

    got = post(agent, tenant, stream=stream)

    assert (got.status_code, got.json()) == (status, {"error": {"message": "mine"}})
    assert got.headers["content-type"] == "application/json"
    assert got.headers["x-patchbay-error-source"] == "upstream"
    assert (got.headers["retry-after"], got.headers["retry-after-ms"]) == ("7", "6500")
    assert not {"set-cookie", "server", "location"} & set(got.headers)
    event = event_of(tenant)
    assert (event["outcome"], event["status"]) == ("upstream_error", status)


def test_a_long_error_is_cut_and_html_is_shown_as_text(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    page = "<script>alert(1)</script>" * 10_000
    agent = tenant.agent(upstream([reply(502, page, ("content-type", "text/html"))]).url + PATH)

    got = post(agent, tenant)

    assert got.text == page[:65536]
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    assert got.headers["x-content-type-options"] == "nosniff"


def _json(body: str, *fields: tuple[str, str]) -> Send:
    return reply(200, body, ("content-type", "application/json"), *fields)


HALF = head(200, ("content-type", "application/json"), ("content-length", "99")) + b'{"a"'

UNUSABLE: dict[str, list[Step]] = {
    "html": [reply(200, "<html>", ("content-type", "text/html"))],
    "plain text": [reply(200, "Hello", ("content-type", "text/plain"))],
    "no choices": [_json('{"message":"Hello"}')],
    "half json": [_json('{"choices":[')],
    "redirect": [reply(302, "", ("location", "https://elsewhere/"))],
    "compressed": [_json("{}", ("content-encoding", "gzip"))],
    "no http": [Send(b"hello\r\n\r\n"), Close()],
    "audio": [reply(200, b"RIFF0000", ("content-type", "audio/wav"))],
}
CUT_OFF: dict[str, list[Step]] = {
    "nothing": [Close()],
    "empty": [_json("")],
    "empty stream": sse(),
    "half a reply": [Send(HALF), Close()],
    "reset": [Reset()],
}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", [*UNUSABLE, *CUT_OFF])
def test_an_answer_that_cannot_be_used_is_an_error_of_its_own(
    tenant: LiveTenant, upstream: StartUpstream, name: str, stream: bool
) -> None:
    expected = "upstream_truncated" if name in CUT_OFF else "upstream_bad_response"
    agent = tenant.agent(upstream({**UNUSABLE, **CUT_OFF}[name]).url + PATH)

    got = post(agent, tenant, stream=stream)

    assert code(got) == (502, expected)
    assert got.headers["x-patchbay-error-source"] == "gateway"
    event = event_of(tenant)
    assert event["error"]["code"] == expected
    assert event["outcome"] == ("upstream_truncated" if name in CUT_OFF else "upstream_error")


def test_a_stream_that_was_not_asked_for_is_an_error(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(upstream(sse(WORD, END, "data: [DONE]")).url + PATH)

    assert code(post(agent, tenant, stream=False)) == (502, "upstream_bad_response")


def test_an_endpoint_that_is_not_there_is_said_to_be_so(tenant: LiveTenant) -> None:
    agent = tenant.agent(f"https://localhost:{free_port()}{PATH}")

    assert code(post(agent, tenant)) == (502, "upstream_connect_failed")
    assert event_of(tenant)["outcome"] == "connect_failed"


def test_a_certificate_that_nobody_vouches_for_is_refused(
    tenant: LiveTenant, upstream: StartUpstream, tmp_path: Any
) -> None:
    stranger = Authority(tmp_path).context()
    agent = tenant.agent(upstream(Chat(), context=stranger).url + PATH)

    assert code(post(agent, tenant)) == (502, "upstream_tls_failed")
    assert event_of(tenant)["outcome"] == "connect_failed"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/v1",
        "https://10.0.0.1/v1",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/v1",
        "https://0x7f.1/v1",
        "https://user:pass@localhost/v1",
    ],
)
def test_an_address_from_a_raw_row_is_refused_like_at_save(tenant: LiveTenant, url: str) -> None:
    agent = tenant.raw_agent(url)

    assert code(post(agent, tenant)) == (502, "upstream_refused")
    assert event_of(tenant)["outcome"] == "refused"


def test_a_credential_goes_to_no_other_host_than_its_own(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    endpoint = upstream(Chat())
    agent = tenant.agent(endpoint.url + PATH, token="t0ken-of-tenant")
    tenant.platform.ask(
        "sql",
        statement="UPDATE tenant_providers SET hosts = %s WHERE tenant_id = %s",
        values=['["elsewhere.example.com"]', tenant.id],
    )

    assert code(post(agent, tenant)) == (502, "upstream_refused")
    assert not endpoint.requests


def test_the_next_target_is_tried_when_one_cannot_be_reached(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    agent = tenant.agent(f"https://localhost:{free_port()}{PATH}", upstream(Chat()).url + PATH)

    assert post(agent, tenant).status_code == 200
    event = event_of(tenant)
    assert (event["outcome"], event["attempts"]) == ("ok", 2)


def test_no_other_target_is_tried_once_one_has_answered(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    second = upstream(Chat())
    agent = tenant.agent(upstream([Close()]).url + PATH, second.url + PATH)

    assert code(post(agent, tenant)) == (502, "upstream_truncated")
    assert not second.requests
    assert event_of(tenant)["attempts"] == 1


@pytest.mark.parametrize("clock", ["connect", "first_byte", "idle", "total"])
def test_a_clock_that_runs_out_is_named(
    tenant: LiveTenant, upstream: StartUpstream, clock: str
) -> None:
    scripts: dict[str, Any] = {
        "first_byte": [Stall()],
        "idle": [Send(SSE), Stall()],
        "total": [Send(SSE), Stall()],
    }
    black = Blackhole()
    url = black.url if clock == "connect" else upstream(scripts[clock]).url
    agent = tenant.agent(url + PATH, timeouts={clock: 1})

    got = post(agent, tenant)
    black.close()

    assert code(got) == (504, "upstream_timeout")
    event = event_of(tenant)
    assert (event["outcome"], event["error"]["clock"]) == ("upstream_timeout", clock)
    assert 900 < event["timing_ms"]["total"] < 12_000, "no other clock was waited for"
