"""Tokens as Gemini counts them: thoughts apart from the answer, and cumulative over a stream."""

from wire.events import Usage
from wire.gemini.shapes import UsageBody
from wire.tokens import bounded


def usage_of(body: UsageBody | None, *, final: bool) -> Usage | None:
    """`None` while nothing is said of the answer: before its `final` event that means not yet."""
    if body is None:
        return None
    said, thought = body.candidatesTokenCount, body.thoughtsTokenCount
    if said is None and thought is None and not final:
        return None
    return Usage(
        prompt=bounded(bounded(body.promptTokenCount) + bounded(body.toolUsePromptTokenCount)),
        completion=bounded(bounded(said) + bounded(thought)),
        reasoning=bounded(thought),
        cached=bounded(body.cachedContentTokenCount),
    )
