"""The hosted URLs of an agent, as its owner copies them into a voice platform."""

from django.conf import settings

from endpoints.models import Agent
from wire.registry import CHANNELS, hosted_formats


def hosted_urls(agent: Agent) -> dict[str, dict[str, str]]:
    """URLs by channel and ingress format; those of WebSockets begin with `ws`."""
    base = f"{settings.PUBLIC_URL}/a/{agent.id}"
    bases = {"https": base, "wss": base.replace("http", "ws", 1)}
    return {
        channel: {
            name: bases[wire.scheme] + wire.hosted for name, wire in hosted_formats(channel).items()
        }
        for channel in CHANNELS
    }
