"""The URLs that an agent shows are the URLs that the gateway serves."""

from django.conf import settings

from endpoints.hosted import hosted_urls
from endpoints.models import Agent
from gateway.routing import find

SDK_PATHS = {
    "openai-chat": "/chat/completions"
}  # what clients append to the base that they are given


def test_every_hosted_url_is_served_in_its_format() -> None:
    agent = Agent(name="Reception")
    shown = hosted_urls(agent)
    assert shown["llm"]
    for channel, urls in shown.items():
        for wire_format, url in urls.items():
            path = url.removeprefix(settings.PUBLIC_URL) + SDK_PATHS[wire_format]
            address = find("POST", path.encode())
            assert address.agent_id == agent.id
            assert (address.road.channel, address.road.wire_format) == (channel, wire_format)
