"""What Retell is sent, message by message, and what it sends itself."""

from typing import Any

from msgspec import Raw

from wire.members import dumps

APOLOGY = "I'm sorry, I'm having trouble at the moment. Could you say that again?"


def config() -> bytes:
    """The first message of a session: Retell is to tell about the call, and to come back when the
    connection is lost.
    """
    wanted = {"auto_reconnect": True, "call_details": True}
    return dumps({"response_type": "config", "config": wanted})


def pong(timestamp: float) -> bytes:
    return dumps({"response_type": "ping_pong", "timestamp": timestamp})


def response(response_id: int, content: str, *, complete: bool, **actions: Any) -> bytes:
    """A piece of what is spoken in a turn, or its end."""
    said = {"response_id": response_id, "content": content, "content_complete": complete}
    return dumps({"response_type": "response", **said, **actions})


# -- of Retell's own


def ping(timestamp: int) -> bytes:
    """In milliseconds since the epoch."""
    return dumps({"interaction_type": "ping_pong", "timestamp": timestamp})


def call_details(call: bytes) -> bytes:
    """What is known about the call, a JSON object."""
    return dumps({"interaction_type": "call_details", "call": Raw(call)})
