"""Azure OpenAI: OpenAI's bytes at URLs of its own."""

from dataclasses import replace

from tests.shapes.llm.openai_chat import SHAPE as CHAT
from tests.shapes.llm.shape import in_the_body
from tests.upstreams.script import Seen


def _deployed(seen: Seen) -> tuple[str, bool]:
    resource, _, deployment = seen.target.partition("/openai/deployments/")
    assert (resource, deployment) == ("", "house-7b/chat/completions?api-version=2024-10-21")
    return in_the_body(seen)


SHAPE = replace(CHAT, path="/openai?api-version=2024-10-21", asked={}, asks=_deployed)
