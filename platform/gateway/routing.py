"""From the raw path of a hosted URL to the agent and the road that are meant."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote

from gateway.errors import Refused
from wire.base import HostedFormat
from wire.registry import CHANNELS, hosted_formats

SOCKET = "WebSocket"  # stands where a method would, for what begins with an upgrade

Action = Literal["dispatch", "models", "greeting"]


@dataclass(frozen=True, slots=True)
class Road:
    """What a hosted URL does: which channel it belongs to and which shape its callers speak."""

    action: Action
    method: str
    channel: str = "llm"
    wire_format: str = "openai-chat"
    always_stream: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """`url_key` is the key of the path form `/a/{agent}/t/{key}/…`; it is never logged.

    `call` is the platform's id of the call, where the URL of the road has a place for one.
    """

    agent_id: str
    road: Road
    url_key: str | None
    call: str = ""


_CALL = b"/{call_id}"
_METHODS = {"https": "POST", "wss": SOCKET}
_MODELS = Road("models", "GET")
_GREETING = Road("greeting", "GET")


def dispatches(formats: Iterable[HostedFormat]) -> dict[bytes, Road]:
    """The roads of wire formats by suffix. Raises `TypeError` for one that two of them claim."""
    roads: dict[bytes, Road] = {}
    for wire in formats:
        road = Road("dispatch", _METHODS[wire.scheme], wire.channel, wire.name)
        found = {path.encode(): road for path in wire.paths}
        found |= {path.encode() + _CALL: road for path in wire.call_paths}
        streaming = replace(road, always_stream=True)
        found |= {path.encode(): streaming for path in wire.streaming_paths}
        if roads.keys() & found.keys():
            raise TypeError(f"{wire.name} has a path of another wire format")
        roads |= found
    return roads


ROADS: dict[bytes, Road] = {
    **dispatches(wire for channel in CHANNELS for wire in hosted_formats(channel).values()),
    b"/models": _MODELS,
    b"/v1/models": _MODELS,
    b"": _GREETING,
    b"/v1": _GREETING,
    b"/health": _GREETING,
    b"/v1/health": _GREETING,
}

_BASE = b"/a/"
_KEY_FORM = b"/t/"


def find(method: str, raw_path: bytes) -> Address:
    """Raises `Refused` for an unknown URL and for a method that a known one does not answer."""
    if not raw_path.startswith(_BASE):
        raise Refused("url_not_found")
    agent_id, slash, rest = raw_path[len(_BASE) :].partition(b"/")
    suffix, url_key = slash + rest, None
    if suffix.startswith(_KEY_FORM):
        key, slash, rest = suffix[len(_KEY_FORM) :].partition(b"/")
        suffix, url_key = slash + rest, key.decode("latin-1")
    suffix, call = suffix.rstrip(b"/"), b""
    road = ROADS.get(suffix)
    if road is None:
        head, _, call = suffix.rpartition(b"/")
        road = ROADS.get(head + _CALL)
    if road is None or not agent_id:
        raise Refused("url_not_found")
    if method != road.method and road.method == SOCKET:
        raise Refused("upgrade_required", headers=((b"upgrade", b"websocket"),))
    if method != road.method:
        allow = ((b"allow", road.method.encode()),)
        raise Refused("method_not_allowed", headers=allow)
    return Address(agent_id.decode("latin-1"), road, url_key, unquote(call))
