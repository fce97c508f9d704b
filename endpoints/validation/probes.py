"""The exchanges of a run: which there are, when each applies, and what it costs."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from dispatch.endpoint import EndpointSnapshot
from egress.errors import EgressError, TimedOut
from egress.exchange import Clocks
from egress.inspect import inspect
from endpoints.policy import policy
from endpoints.validation.base import Look, Seen
from endpoints.validation.exchange import Exchange, Failure
from endpoints.validation.prompts import BODIES
from endpoints.validation.recorder import ProbeClient, record, until_stopped
from endpoints.validation.talking import record_talk
from vault.envelope import SecretUnreadable

EXCHANGE_SECONDS = 45.0  # less than a lease lasts
RUN_SECONDS = 120.0

# With these a server may be refusing the field `stream_options`; the other 4xx say something else.
_PERHAPS_A_FIELD = frozenset({400, 415, 422, 500, 501})


class Session:
    """The exchanges of one run, recorded in one event loop; a context that closes it.

    A run has `RUN_SECONDS` in all: what comes late is recorded as timed out.
    """

    def __init__(self, endpoint: EndpointSnapshot, schemes: tuple[str, ...]) -> None:
        self.seen = Seen(endpoint, time.time(), _unreadable(endpoint))
        self.shown: dict[int, str] = {}  # the check that first showed an exchange, by its identity
        self._schemes = schemes
        self._ends = time.monotonic() + RUN_SECONDS
        self._loop = asyncio.Runner()
        self._client = ProbeClient(policy())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.run(self._client.aclose())
        self._loop.close()

    def record(self, name: str) -> None:
        """Records what checks ask for by that name, unless it is there. Raises `Stopped`."""
        if name == "door":
            if not self.seen.looks:
                self.seen.looks = self._loop.run(self._look())
        elif name not in self.seen.exchanges:
            recipe = _RECIPES.get(name)
            self.seen.exchanges[name] = recipe(self) if recipe else self._further(name)

    # -- the recipes

    def stream(self) -> Exchange | None:
        refused = self.seen.unreadable or next((look.failure for look in self.seen.looks[:1]), None)
        if refused is not None:
            return Exchange(sent=None, kind="none", failure=refused)
        return self._call(self.seen.endpoint, "stream")

    def plain(self) -> Exchange | None:
        """Without `stream_options`, where they may be why the call was refused."""
        first = self.seen.first
        if self.seen.endpoint.channel != "llm" or first.kind != "error":
            return None
        if first.status not in _PERHAPS_A_FIELD or not self.seen.spoken.asks_for_usage:
            return None
        settings = {**self.seen.endpoint.settings, "include_usage": False}
        again = self._call(replace(self.seen.endpoint, settings=settings), "stream")
        return again if again.kind in ("stream", "reply") else None

    def anonymous(self) -> Exchange | None:
        if self.seen.endpoint.auth_type == "none" or not self._works():
            return None
        bare = replace(self.seen.endpoint, auth_type="none", auth_fields={}, auth_secrets={})
        return self._call(bare, "anonymous")

    def reply(self) -> Exchange | None:
        """Over a socket there is nothing but streams."""
        return None if self.seen.over_socket else self._further("reply")

    def _further(self, name: str) -> Exchange | None:
        return self._call(self.seen.endpoint, name) if self._works() else None

    def _works(self) -> bool:
        return self.seen.judged.kind in ("stream", "reply")

    # -- what they are made of

    def _call(self, endpoint: EndpointSnapshot, name: str) -> Exchange:
        """To the first target only: the others are there for when that one cannot be reached."""
        one = replace(endpoint, urls=endpoint.urls[:1], clocks=self._clocks())
        if endpoint.channel == "transcriber":
            return self._loop.run(record_talk(self._client, one, name))
        return self._loop.run(record(self._client, one, BODIES[endpoint.channel][name]))

    def _clocks(self) -> Clocks:
        """The endpoint's own, within what is left of the run."""
        clocks = self.seen.endpoint.clocks
        left = max(0.1, self._ends - time.monotonic())
        return replace(clocks, total=min(clocks.total, EXCHANGE_SECONDS, left))

    async def _look(self) -> list[Look]:
        return list(await asyncio.gather(*map(self._look_at, self.seen.endpoint.urls)))

    async def _look_at(self, url: str) -> Look:
        endpoint = self.seen.endpoint
        try:
            peer = await until_stopped(
                inspect(
                    policy(),
                    url,
                    schemes=self._schemes,
                    owner=endpoint.tenant_id,
                    clocks=endpoint.clocks,
                )
            )
        except EgressError as error:
            clock = error.clock if isinstance(error, TimedOut) else ""
            return Look(url, None, Failure(error.code, error.category, error.detail, clock))
        return Look(url, peer, None)


_RECIPES: dict[str, Callable[[Session], Exchange | None]] = {
    "stream": Session.stream,
    "plain": Session.plain,
    "anonymous": Session.anonymous,
    "reply": Session.reply,
}


def _unreadable(endpoint: EndpointSnapshot) -> Failure | None:
    """Opens the secrets, which reads the database, before the event loop runs."""
    try:
        len(endpoint.auth_secrets)
    except SecretUnreadable as error:
        return Failure(error.code, "", "A stored secret cannot be opened.")
    return None
