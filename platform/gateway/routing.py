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


Roads = dict[bytes, dict[str, Road]]


def dispatches(formats: Iterable[HostedFormat]) -> Roads:
    """The roads of wire formats by suffix and method. Raises `TypeError` where two claim one."""
    roads: Roads = {}
    for wire in formats:
        road = Road("dispatch", _METHODS[wire.scheme], wire.channel, wire.name)
        found = {path.encode(): road for path in wire.paths}
        found |= {path.encode() + _CALL: road for path in wire.call_paths}
        streaming = replace(road, always_stream=True)
        found |= {path.encode(): streaming for path in wire.streaming_paths}
        for suffix, each in found.items():
            if roads.setdefault(suffix, {}).setdefault(each.method, each) is not each:
                raise TypeError(f"{wire.name} has a path of another wire format")
    return roads


ROADS: Roads = {
    **dispatches(wire for channel in CHANNELS for wire in hosted_formats(channel).values()),
    **dict.fromkeys((b"/models", b"/v1/models"), {_MODELS.method: _MODELS}),
    **dict.fromkeys((b"", b"/v1", b"/health", b"/v1/health"), {_GREETING.method: _GREETING}),
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
    roads = ROADS.get(suffix)
    if roads is None:
        head, _, call = suffix.rpartition(b"/")
        roads = ROADS.get(head + _CALL)
    if roads is None or not agent_id:
        raise Refused("url_not_found")
    if method not in roads:
        raise _other_method(roads)
    return Address(agent_id.decode("latin-1"), roads[method], url_key, unquote(call))


def _other_method(roads: Iterable[str]) -> Refused:
    allowed = ", ".join(method for method in roads if method != SOCKET)
    if not allowed:
        return Refused("upgrade_required", headers=((b"upgrade", b"websocket"),))
    return Refused("method_not_allowed", headers=((b"allow", allowed.encode()),))
