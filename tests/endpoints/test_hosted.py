"""The URLs that an agent shows are the URLs that the gateway serves."""

from django.conf import settings

from endpoints.hosted import hosted_urls
from endpoints.models import Agent
from gateway.routing import ROADS
from wire.registry import CHANNELS, hosted_formats


def shown() -> dict[tuple[str, str], str]:
    """What stands below an agent's base, by channel and format."""
    agent = Agent(name="Reception")
    base = f"{settings.PUBLIC_URL}/a/{agent.id}"
    bases = {"https": base, "wss": f"ws{base.removeprefix('http')}"}
    return {
        (channel, name): url.removeprefix(bases[hosted_formats(channel)[name].scheme])
        for channel, urls in hosted_urls(agent).items()
        for name, url in urls.items()
    }


def served() -> dict[tuple[str, str], list[str]]:
    """The paths on which the gateway dispatches, by channel and format."""
    found: dict[tuple[str, str], list[str]] = {}
    for path, road in ((path, road) for path, roads in ROADS.items() for road in roads.values()):
        if road.action == "dispatch":
            found.setdefault((road.channel, road.wire_format), []).append(path.decode())
    return found


def test_an_agent_shows_a_url_for_each_format_that_the_gateway_serves_and_for_no_other() -> None:
    assert ("llm", "openai-chat") in shown()
    assert shown().keys() == served().keys()


def test_every_hosted_url_is_served_in_its_format_or_leads_to_one_that_is() -> None:
    for key, path in shown().items():
        below = [each for each in served()[key] if each == path or each.startswith(f"{path}/")]
        assert below, (key, path)


def test_every_format_of_callers_says_where_it_is_hosted() -> None:
    for channel in CHANNELS:
        for name, wire in hosted_formats(channel).items():
            assert hasattr(wire, "hosted"), f"{name}: declare `hosted`"
            assert not wire.hosted or wire.hosted.startswith("/"), name
