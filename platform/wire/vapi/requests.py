"""The request that a server made for Vapi gets: OpenAI's, with what Vapi says of its call."""

from collections.abc import Mapping
from typing import Any

from wire.errors import InvalidRequest
from wire.llm.base import LLMRequest
from wire.members import join_members, split_members
from wire.openai import requests
from wire.openai.additions import FORWARD_CALLER_FIELDS
from wire.settings import OneOf, Setting

METADATA = Setting(
    "metadata",
    "What of Vapi's own members is sent, in the words of its `metadataSendMode`: nothing; `call`,"
    " `customer`, `phoneNumber`, `timestamp` and `metadata`; or these with what is in `metadata`"
    " beside the others.",
    "`off`, `variable` or `destructured`",
    "variable",
    OneOf("off", "variable", "destructured"),
)
SETTINGS = (
    METADATA,
    *(each for each in requests.SETTINGS if each is not FORWARD_CALLER_FIELDS),
)
_VAPIS = ["call", "customer", "phoneNumber", "timestamp", "metadata"]


def write_request(request: LLMRequest, *, model: str, settings: Mapping[str, Any]) -> bytes:
    """The endpoint's body; members that are not changed keep their bytes and their order."""
    mode = settings.get(METADATA.name, METADATA.default)
    forwarded = [] if mode == "off" else _VAPIS
    body = requests.write_request(
        request, model=model, settings={**settings, FORWARD_CALLER_FIELDS.name: forwarded}
    )
    return _destructured(body) if mode == "destructured" else body


def _destructured(body: bytes) -> bytes:
    """The members of `metadata` among the others; none takes the place of one that is there."""
    fields = split_members(body)
    try:
        inner = split_members(bytes(fields["metadata"]))
    except (KeyError, InvalidRequest):
        return body
    del fields["metadata"]
    return join_members({**inner, **fields})
