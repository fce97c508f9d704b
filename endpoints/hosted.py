"""The hosted URLs of an agent, as its owner copies them into a voice platform."""

from django.conf import settings

from endpoints.models import Agent, Channel
from wire.registry import formats_of

# What stands below `{PUBLIC_URL}/a/{agent}`; for SDKs it is the base that they append their own
# path to. A format whose hosted side is not served by this version has no line here.
_PATHS: dict[str, dict[str, str]] = {
    Channel.LLM: {"openai-chat": "/v1"},
    Channel.VOICE: {},
    Channel.TRANSCRIBER: {},
}


def hosted_urls(agent: Agent) -> dict[str, dict[str, str]]:
    """URLs by channel and ingress format."""
    base = f"{settings.PUBLIC_URL}/a/{agent.id}"
    return {
        channel: {name: base + path for name, path in paths.items() if name in formats_of(channel)}
        for channel, paths in _PATHS.items()
    }
