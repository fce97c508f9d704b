"""An endpoint with OpenAI's bytes at other URLs is tested as one of OpenAI's."""

import json
from collections.abc import Iterable

from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.verdicts import examine
from tests.endpoints.validation.zoo import TOKEN, clocks
from tests.shapes.llm.openai_chat import SHAPE as CHAT
from tests.upstreams.fixtures import StartUpstream
from tests.upstreams.script import Seen, Step, reply, sse

PREAMBLE = {"choices": [], "created": 0, "id": "", "model": "", "object": "",
            "prompt_filter_results": [{"prompt_index": 0}]}  # fmt: skip
NAMED = '"object": "chat.completion.chunk", "id": "c"'
WORDS = [CHAT.parts["text"][0].replace('"id": "c"', NAMED)] * 8
END = [each.replace('"id": "c"', NAMED) for each in CHAT.parts["end"]]


def azure(seen: Seen) -> Iterable[Step]:
    if seen.header("api-key") != TOKEN:
        return [reply(401, {"error": {"code": "401", "message": "No such key."}})]
    if seen.target != "/openai/deployments/house/chat/completions?api-version=2024-10-21":
        return [reply(404, {"error": {"code": "404", "message": "Resource not found"}})]
    if seen.json().get("stream"):
        return sse(f"data: {json.dumps(PREAMBLE)}", *WORDS, *END, pause=0.03)
    return [reply(200, dict(CHAT.whole))]


def test_healthy_endpoint_passes_with_a_first_chunk_that_says_nothing(
    acme: Tenant, upstream: StartUpstream, loopback: None
) -> None:
    saved = saved_endpoint(
        acme, urls=[f"{upstream(azure).url}/openai?api-version=2024-10-21"], model="house",
        wire_format="azure-openai", timeouts=clocks(),
        auth={"type": "header", "header": "api-key", "value": TOKEN},
    )  # fmt: skip
    results = {each.name: (each.status, each.summary) for each in examine(saved).checks.all()}
    assert {status for status, _ in results.values()} == {"passed"}, results
    assert "each as it should be" in results["chunks"][1]
