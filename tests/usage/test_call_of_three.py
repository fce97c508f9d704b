"""The three channels of one call, through the real platform and a ledger beside it."""

import time

import httpx2 as httpx
import pytest

from tests.gateway.calls import PATH, post
from tests.live import LiveAgent, LivePlatform, LiveTenant
from tests.upstreams.chat import Chat
from tests.upstreams.fixtures import StartUpstream
from tests.usage.databases import Database
from tests.usage.dispatches import final, intent
from usage.calls import call_id
from usage.ledger import Ledger
from usage.sink import DatabaseSink

_NO_TOKENS = {"tokens_prompt": None, "tokens_completion": None, "tokens_source": "none"}


def test_dispatches_with_one_call_id_are_one_call_whatever_their_channel(
    live: LivePlatform, upstream: StartUpstream, unblocked: None
) -> None:
    tenant = live.tenant()
    agent = tenant.agent(upstream(Chat()).url + PATH)
    heard_at = time.time()
    reply = post(agent, tenant, headers={"x-call-id": "CA-3"})
    assert reply.status_code == 200
    live.events(tenant, 1)
    ear, mouth = _ship_others(live, tenant, agent, heard_at)

    call = call_id(tenant.id, agent.id, "CA-3")
    got = httpx.get(f"{live.url}/api/v1/calls/{call}", headers=tenant.headers).json()
    brain = reply.headers["x-dispatch-id"]
    assert [(each["provider"], each["dispatch"]) for each in got["dispatches"]] == [
        ("custom-transcriber", ear),
        ("custom-llm", brain),
        ("custom-voice", mouth),
    ]
    (turn,) = got["turns"]
    assert turn["dispatches"] == {"transcriber": ear, "llm": [brain], "voice": [mouth]}
    spans = [turn[name]["ms"] for name in ("final", "first_content", "first_audio")]
    assert all(span >= 0 for span in spans)
    assert sum(spans) == pytest.approx(turn["total_ms"], abs=0.05)
    (listed,) = httpx.get(f"{live.url}/api/v1/calls", headers=tenant.headers).json()["data"]
    assert (listed["id"], listed["external_id"]) == (call, "CA-3")


def _ship_others(
    live: LivePlatform, tenant: LiveTenant, agent: LiveAgent, heard_at: float
) -> tuple[str, str]:
    """Records a transcriber around the LLM's dispatch, and a voice after it; their ids."""
    same = {
        "tenant_id": tenant.id, "agent_id": agent.id, "external_call_id": "CA-3",
        "call_id": call_id(tenant.id, agent.id, "CA-3"),
    }  # fmt: skip
    ear = intent(**same, provider="custom-transcriber", started_at=heard_at - 9, bytes_in=0)
    mouth = intent(**same, provider="custom-voice", started_at=time.time())
    utterance = {"speech_ended_at": heard_at - 0.2, "final_at": heard_at}
    details = {"frame_delay_ms": {"p50": 0.1}, "utterances": [utterance]}
    book = Ledger(live.spool, DatabaseSink(Database(live.database_url).settings))
    book.start()
    for one in (ear, mouth):
        book.open(one)
    book.close(final(mouth, details={"rate": 24000}, characters=12, **_NO_TOKENS))
    book.close(final(ear, details=details, bytes_in=288_000, audio_ms=9000.0, **_NO_TOKENS))
    book.stop()
    return ear.dispatch_id, mouth.dispatch_id
