"""A caller of the REST API with one key."""

from typing import Any

import orjson
from django.test import Client


class Caller:
    """Sends JSON with a key; `raw` sends any bytes."""

    def __init__(self, key: str | None = None) -> None:
        self._client = Client(raise_request_exception=False)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, **headers: str) -> Any:
        return self._client.get(path, headers=self._headers | headers)

    def delete(self, path: str) -> Any:
        return self._client.delete(path, headers=self._headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.raw("POST", path, orjson.dumps(body or {}), **headers)

    def patch(self, path: str, body: Any) -> Any:
        return self.raw("PATCH", path, orjson.dumps(body))

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Any method; `None` sends no body."""
        return self.raw(method, path, b"" if body is None else orjson.dumps(body))

    def raw(
        self, method: str, path: str, body: bytes, kind: str = "application/json", **headers: str
    ) -> Any:
        every = self._headers | {name.replace("_", "-"): text for name, text in headers.items()}
        return self._client.generic(method, path, body, kind, headers=every)
