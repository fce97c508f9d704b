"""What goes wrong upstream after the first byte, over the real server."""

import json

import pytest

from tests.gateway.calls import PATH, SSE, WORD, code, event_of, post
from tests.live import LiveTenant
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Close, HalfClose, Reset, Send, Stall, Step, chunk, sse

BROKEN_STREAMS: dict[str, tuple[list[Step], str]] = {
    "end of body": (sse(WORD), "upstream_truncated"),
    "half an event": ([Send(SSE + chunk(b'data: {"choi')), Close()], "upstream_truncated"),
    "reset": ([*sse(WORD, last=False), Reset()], "upstream_truncated"),
    "half close": ([*sse(WORD, last=False), HalfClose(), Stall()], "upstream_truncated"),
    "silence": ([*sse(WORD, last=False), Stall()], "upstream_timeout"),
    "garbage": ([*sse(WORD, last=False), Send(b"zz\r\n"), Stall()], "upstream_bad_response"),
}


@pytest.mark.parametrize("name", BROKEN_STREAMS)
def test_a_stream_that_breaks_ends_with_one_error_event_and_no_end_mark(
    tenant: LiveTenant, upstream: StartUpstream, name: str
) -> None:
    script, expected = BROKEN_STREAMS[name]
    agent = tenant.agent(
        upstream(script).url + PATH, timeouts={"idle": 1 if name == "silence" else 30}
    )

    got = post(agent, tenant)

    if name == "half an event":  # nothing whole had come, so there still was a status to set
        assert code(got) == (502, expected)
    else:
        assert got.status_code == 200
        events = got.text.split("\n\n")
        assert events[0] == WORD
        assert json.loads(events[1].removeprefix("data: "))["error"]["code"] == expected
        assert events[2:] == [""]
    event = event_of(tenant)
    assert event["error"]["code"] == expected
    assert event["status"] == 200


def test_half_an_event_is_closed_before_the_error_event(
    tenant: LiveTenant, upstream: StartUpstream
) -> None:
    long = b'data: {"choices":[{"index":0,"delta":{"content":"' + b"x" * 40_000
    agent = tenant.agent(upstream([Send(SSE + chunk(long)), Close()]).url + PATH)

    got = post(agent, tenant)

    events = got.text.split("\n\n")
    assert events[0].encode() == long[: len(events[0])]
    assert json.loads(events[1].removeprefix("data: "))["error"]["code"] == "upstream_truncated"
