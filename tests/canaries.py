"""The search for planted secrets: where they may be found, in which coats, and the API and admin
pages that are read for it."""

import base64
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx

from tests.live import LivePlatform

MOST_PAGES = 2000
FINISHED = {"passed", "warning", "failed"}


@dataclass
class Planted:
    """What must not be found, by what it is."""

    secrets: dict[str, str] = field(default_factory=dict)

    def plant(self, what: str) -> str:
        self.secrets[what] = f"canary{secrets.token_hex(14)}"
        return self.secrets[what]

    def found_in(self, data: bytes) -> set[str]:
        """Which secrets stand in `data`, plainly or in a coat that anybody takes off."""
        return {
            what
            for what, text in self.secrets.items()
            if any(form in data for form in (text.encode(), *_coats(text)))
        }


def _coats(text: str) -> Iterator[bytes]:
    """Hex, and base64 at each of the three ways that bytes before it can shift it."""
    yield text.encode().hex().encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text.encode())
        yield encoded[4 if shift else 0 : -4]


class Rest:
    """The REST API of the running platform; keeps every answer but those that show a key once."""

    def __init__(self, platform: LivePlatform, key: str) -> None:
        self._client = httpx.Client(base_url=f"{platform.url}/api/v1", timeout=20)
        self._headers = {"authorization": f"Bearer {key}"}
        self.answers: list[tuple[str, bytes]] = []

    def close(self) -> None:
        self._client.close()

    def ask(self, method: str, path: str, body: Any = None, *, keep: bool = True) -> Any:
        headers = {**self._headers, "idempotency-key": secrets.token_hex(8)}
        answer = self._client.request(method, path, json=body, headers=headers)
        if keep:
            told = repr(answer.headers.multi_items()).encode() + answer.content
            self.answers.append((f"{method} {path}", told))
        return answer.json() if answer.content else None

    def read_all(self) -> None:
        """Every list, and every object in it."""
        for kind in ("api-keys", "providers", "endpoints", "agents", "validation-runs", "events",
                     "calls"):  # fmt: skip
            for row in self.ask("GET", f"/{kind}?limit=100")["data"]:
                self.ask("GET", f"/{kind}/{row['id']}")
        for path in ("/me", "/usage"):
            self.ask("GET", path)


def read_admin(platform: LivePlatform, owner: dict[str, str]) -> list[tuple[str, bytes]]:
    """Every page of the admin that its pages lead to, sign-in and sign-out aside."""
    with httpx.Client(base_url=platform.url, follow_redirects=True, timeout=20) as client:
        client.get("/admin/login/")
        form = {
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
            "username": owner["owner_email"],
            "password": owner["owner_password"],
        }
        client.post("/admin/login/?next=/admin/", data=form, headers={"referer": platform.url})
        pages, todo = dict[str, bytes](), ["/admin/"]
        while todo:
            path = todo.pop()
            if path in pages or "log" in path or len(pages) == MOST_PAGES:
                continue
            answer = client.get(path)
            pages[path] = answer.content
            todo += re.findall(r'(?:href|hx-get)="(/admin/[^"#?]*)', answer.text)
    return list(pages.items())


def wait_for_runs(rest: Rest) -> None:
    deadline = time.monotonic() + 240
    while True:
        runs = rest.ask("GET", "/validation-runs?limit=100", keep=False)["data"]
        if runs and all(run["status"] in FINISHED for run in runs):
            return
        assert time.monotonic() < deadline, runs
        time.sleep(0.2)


def traces(platform: LivePlatform, rest: Rest) -> Iterator[tuple[str, bytes]]:
    """Everything that the platform left behind or said."""
    yield from rest.answers
    for path in sorted(platform.folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(platform.folder)), path.read_bytes()
