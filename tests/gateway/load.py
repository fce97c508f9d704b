"""Callers by the dozen: each call has a number, by which upstream, caller and event are matched."""

import http.client
import json
import re
import threading
import time
from collections import Counter
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from tests.gateway.calls import PATH
from tests.live import LiveAgent, LiveTenant
from tests.upstreams.server import Upstream
from usage.calls import call_id

_NUMBER = re.compile(rb"number (\d+)")


class Load:
    """`threads` callers that call one after the other, as a context.

    `outcomes` maps a call's number to `ok`, the code of an error, or what cut the connection.
    """

    def __init__(self, agent: LiveAgent, tenant: LiveTenant, threads: int = 12) -> None:
        self.outcomes: dict[int, str] = {}
        self._agent, self._tenant = agent, tenant
        self._numbers = count()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call_on) for _ in range(threads)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    @property
    def failures(self) -> Counter[str]:
        """Calls that did not end well, by what happened to them."""
        return Counter(outcome for outcome in self.outcomes.values() if outcome != "ok")

    def _call_on(self) -> None:
        while not self._stop.is_set():
            number = next(self._numbers)
            try:
                self.outcomes[number] = self._call(number)
            except (OSError, http.client.HTTPException) as error:
                self.outcomes[number] = type(error).__name__
                time.sleep(0.05)

    def _call(self, number: int) -> str:
        said = {"role": "user", "content": f"This is number {number}"}
        body = json.dumps({"model": "m", "stream": True, "messages": [said]})
        headers = {**self._tenant.headers, "x-call-id": str(number)}
        address = urlsplit(self._agent.base_url)
        connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=30)
        try:
            connection.request("POST", address.path + PATH, body, headers)
            text = connection.getresponse().read()
        finally:
            connection.close()
        return "ok" if text.endswith(b"data: [DONE]\n\n") else _code(text)


def _code(text: bytes) -> str:
    found = re.search(rb'"code": ?"(\w+)"', text)
    return found[1].decode() if found else "cut"


def numbers_seen(endpoint: Upstream) -> Counter[int]:
    """The numbers of the calls that the endpoint has read, with how often it has."""
    found = (_NUMBER.search(seen.body) for seen in endpoint.requests)
    return Counter(int(match[1]) for match in found if match)


def numbers_recorded(
    events: list[dict[str, Any]], agent: LiveAgent, tenant: LiveTenant, upto: int
) -> Counter[int]:
    """The numbers of the calls that have events, with how many they have."""
    numbers = {call_id(tenant.id, agent.id, str(number)): number for number in range(upto)}
    return Counter(numbers[event["call_id"]] for event in events)
