"""Reading a recorded stream in every way it can be cut, and what was understood of it."""

from collections.abc import Iterable
from dataclasses import asdict

from tests.wire.corpus import Case
from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Usage
from wire.llm.base import LLMFormat, LLMRelay


def cuts(body: bytes) -> Iterable[list[bytes]]:
    """The body whole, byte by byte, and in two pieces cut at every position."""
    yield [body]
    yield single(body)
    for at in range(1, len(body)):
        yield [body[:at], body[at:]]


def single(body: bytes) -> list[bytes]:
    return [body[at : at + 1] for at in range(len(body))]


def events(wire: LLMFormat, pieces: list[bytes]) -> list[LLMEvent]:
    reader = wire.reader({})
    return [event for piece in pieces for event in reader.feed(piece)] + reader.close()


def relayed(relay: LLMRelay, pieces: list[bytes]) -> tuple[bytes, dict[str, object]]:
    """What came out, and the tally."""
    out = b"".join([*map(relay.feed, pieces), relay.close()])
    return out, asdict(relay.tally)


def check_meaning(case: Case, found: list[LLMEvent]) -> None:
    assert texts(found) == case.text
    assert reasoning(found) == case.reasoning
    assert tools(found) == case.tools
    assert finishes(found) == case.finish
    assert usage(found) == case.usage
    failures = [event for event in found if isinstance(event, Failure)]
    assert [asdict(event) for event in failures] == ([case.failure] if case.failure else [])


def texts(found: list[LLMEvent]) -> dict[str, str]:
    by_choice: dict[str, str] = {}
    for event in found:
        if isinstance(event, Text):
            by_choice[str(event.choice)] = by_choice.get(str(event.choice), "") + event.text
    return by_choice


def reasoning(found: list[LLMEvent]) -> str:
    return "".join(event.text for event in found if isinstance(event, Reasoning))


def tools(found: list[LLMEvent]) -> list[dict[str, str]]:
    calls: dict[int, dict[str, str]] = {}
    for event in found:
        if isinstance(event, ToolDelta):
            first = {"id": event.id or "", "name": event.name or "", "arguments": ""}
            call = calls.setdefault(event.index, first)
            call["arguments"] += event.arguments
    return [calls[index] for index in sorted(calls)]


def finishes(found: list[LLMEvent]) -> list[str]:
    return [event.reason for event in found if isinstance(event, Finish)]


def usage(found: list[LLMEvent]) -> Usage | None:
    return next((event for event in reversed(found) if isinstance(event, Usage)), None)
