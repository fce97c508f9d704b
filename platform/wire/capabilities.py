"""What an LLM wire format can carry, as data: the matrix of the docs is made from it.

A feature counts as carried when Patchbay reads it from the format into canonical form and writes it
from there. Between two formats that both carry a feature it survives; where only one does, it is
lost. When both sides speak the same format nothing is, for its bytes pass unchanged.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Literal

Side = Literal["asked", "answered"]


def feature(side: Side, words: str, default: bool) -> Any:
    """A field that says whether one thing is carried, of a request or of an answer."""
    return field(default=default, metadata={"side": side, "words": words})


@dataclass(frozen=True, slots=True)
class LLMCapabilities:
    """What most formats can carry is true unless a format says otherwise, what few can is false."""

    streaming: bool = feature("answered", "answers that come piece by piece", True)
    system: bool = feature("asked", "a system prompt", True)
    sampling: bool = feature("asked", "`max_tokens`, `temperature` and `top_p`", True)
    tools: bool = feature("asked", "tools and their calls", True)
    images: bool = feature("asked", "pictures in messages", True)
    usage: bool = feature("answered", "reported tokens", True)
    reasoning: bool = feature("answered", "reasoning, apart from the text", True)
    stop: bool = feature("asked", "stop sequences", True)
    ends: bool = feature("answered", "why an answer ended, such as at its limit", True)
    errors: bool = feature("answered", "an error in the middle of an answer", True)
    choices: bool = feature("asked", "several answers to one request", False)
    answer_format: bool = feature("asked", "JSON as the form of the answer", False)
    logprobs: bool = feature("asked", "log probabilities", False)
    penalties: bool = feature("asked", "`seed`, penalties and `logit_bias`", False)
    top_k: bool = feature("asked", "`top_k`", False)
    effort: bool = feature("asked", "`reasoning_effort`", False)
    thinking: bool = feature("asked", "`thinking` and its budget", False)
    tool_errors: bool = feature("asked", "the mark of a tool's result that it failed", False)
    cache_marks: bool = feature("asked", "marks of what is worth caching", False)
    kept: bool = feature(
        "asked",
        "answers that are kept (`store`), and references to them (`previous_response_id`,"
        " `conversation`): a reference is refused with 422",
        False,
    )
    signatures: bool = feature("answered", "signatures of reasoning, and its replay", False)
    sealed: bool = feature("answered", "encrypted reasoning, and its replay", False)
    stop_sequence: bool = feature("answered", "which stop sequence was met", False)


def lost(ingress: Any, egress: Any) -> dict[str, str]:
    """What a caller of one format and an endpoint of another lose, in words, by feature.

    Of a request, what the caller's format has and the endpoint's has not; of an answer, the
    reverse.
    """
    gone = {}
    for one in fields(ingress):
        near, far = getattr(ingress, one.name), getattr(egress, one.name)
        source, sink = (near, far) if one.metadata["side"] == "asked" else (far, near)
        if source and not sink:
            gone[one.name] = one.metadata["words"]
    return gone
