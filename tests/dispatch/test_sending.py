"""Targets are tried in order, and none is told a credential that is not for its host."""

import pytest

from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from dispatch.sending import called, first_target
from egress.errors import ConnectFailed, Truncated
from egress.http import Clocks
from vault.secret import Secret
from wire.aim import Aim

A, B = "https://a.example.com/v1", "https://b.example.com/v1"


def endpoint(*urls: str, hosts: tuple[str, ...] = ("a.example.com",)) -> EndpointSnapshot:
    return EndpointSnapshot(
        id="end_a", tenant_id="ten_a", version=1, channel="llm", wire_format="openai-chat",
        urls=urls, model="", clocks=Clocks(), settings={}, auth_type="bearer", auth_fields={},
        auth_secrets={"token": Secret("t" * 20)}, auth_hosts=hosts,
    )  # fmt: skip


@pytest.mark.parametrize(
    "url",
    ["https://b.example.com/v1", "http://a.example.com/v1", "https://a.example.com:8443/v1",
     "https://u@a.example.com/v1", "https://a.example.com.evil.example/v1"],
)  # fmt: skip
def test_a_wire_format_never_leads_to_another_server(url: str) -> None:
    with pytest.raises(DispatchFailed) as failed:
        called(lambda _: url, A)
    assert failed.value.code == "upstream_refused"


def test_a_wire_format_may_lead_to_another_path_of_the_same_server() -> None:
    assert called(lambda url: f"{url}/models/m?alt=sse", A) == f"{A}/models/m?alt=sse"
    assert called(str, A) == A


async def test_a_target_of_another_host_is_never_asked() -> None:
    asked: list[str] = []

    async def send(url: str) -> str:
        asked.append(url)
        raise ConnectFailed("refused")

    with pytest.raises(DispatchFailed) as failed:
        await first_target(endpoint(A, B), send)
    assert (failed.value.code, asked) == ("upstream_refused", [A])


@pytest.mark.parametrize(
    ("error", "tried"), [(ConnectFailed("refused"), [A, B]), (Truncated("cut"), [A])]
)
async def test_the_next_is_asked_only_if_nothing_was_taken(
    error: Exception, tried: list[str]
) -> None:
    asked: list[str] = []

    async def send(url: str) -> str:
        asked.append(url)
        if url == A:
            raise error
        return "answered"

    both = endpoint(A, B, hosts=("a.example.com", "b.example.com"))
    if B in tried:
        assert await first_target(both, send) == ("answered", 2)
    else:
        with pytest.raises(DispatchFailed):
            await first_target(both, send)
    assert asked == tried


def test_a_request_may_choose_a_path_and_a_query() -> None:
    aim = Aim("/v1", ("voice",), (("rate", "8000"),))
    assert called(aim.at, A) == f"{A}/voice?rate=8000"
    with pytest.raises(DispatchFailed) as failed:
        called(Aim(path=("..",)).at, A)
    assert failed.value.code == "invalid_request"
