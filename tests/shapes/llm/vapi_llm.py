"""Servers made for Vapi: OpenAI's bytes at a URL of their own."""

from dataclasses import replace

from tests.shapes.llm.openai_chat import SHAPE as CHAT
from tests.shapes.llm.shape import in_the_body
from tests.upstreams.script import Seen


def _called_by_vapi(seen: Seen) -> tuple[str, bool]:
    assert seen.target == "/llm/chat/completions"
    return in_the_body(seen)


SHAPE = replace(CHAT, path="/llm", asked={}, asks=_called_by_vapi)
