"""Callers that keep a hosted URL busy and note what became of each call."""

import http.client
import json
import threading
import time
from itertools import count
from urllib.parse import urlsplit

from tests.live import LiveAgent, LiveTenant


class Callers:
    """Threads that stream one numbered completion after the other.

    A call's number is its `x-call-id` and the `user` field that the endpoint sees. `whole` are the
    numbers whose answer came to its end, `failed` what the others got instead.
    """

    def __init__(self, tenant: LiveTenant, agent: LiveAgent, threads: int, pause: float) -> None:
        self.whole: set[str] = set()
        self.failed: dict[str, str] = {}
        self._tenant, self._url, self._pause = tenant, urlsplit(agent.chat_url), pause
        self._numbers = count(1)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(threads)]

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _call(self) -> None:
        while not self._stop.is_set():
            number = f"n{next(self._numbers)}"
            try:
                status, body = self._stream(number)
            except (OSError, http.client.HTTPException) as error:
                self.failed[number] = type(error).__name__
                time.sleep(0.05)
                continue
            if status == 200 and body.endswith(b"data: [DONE]\n\n"):
                self.whole.add(number)
            else:
                self.failed[number] = f"{status} {body[-200:]!r}"
            time.sleep(self._pause)

    def _stream(self, number: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self._url.netloc, timeout=20)
        said = {"model": "m", "stream": True, "user": number,
                "messages": [{"role": "user", "content": "Hello"}]}  # fmt: skip
        headers = {**self._tenant.headers, "x-call-id": number, "content-type": "application/json"}
        try:
            connection.request("POST", self._url.path, json.dumps(said), headers)
            with connection.getresponse() as answer:
                return answer.status, answer.read()
        finally:
            connection.close()
