"""Retell's custom LLM, over a socket that a call has."""

import json
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.live import LiveAgent, LiveTenant
from tests.shapes.llm.shape import Shape
from tests.upstreams.script import Close, Hear, Step, Upgrade, Wait, said

SAID = [{"role": "agent", "content": "Hello."}, {"role": "user", "content": "Hi"}]


def _piece(content: str, **members: Any) -> str:
    piece = {"response_type": "response", "response_id": 1, "content": content}
    return json.dumps({**piece, "content_complete": False, **members})


_GREETING = {"response_type": "response", "response_id": 0, "content": "Good morning.",
             "content_complete": True}  # fmt: skip


def _over_socket(*messages: str, last: bool = True, pause: float = 0.0) -> list[Step]:
    """A server that greets, waits until it is asked, and closes without a word at the end."""
    config = {"response_type": "config", "config": {"call_details": True}}
    told: list[Step] = [step for message in messages for step in (Wait(pause), said(message))]
    begun: list[Step] = [Upgrade(), said(config), said(_GREETING), Hear(b"response_required")]
    ended: list[Step] = [Wait(0.1), Close()] if last else []
    return [*begun, *told, *ended]


SHAPE = Shape(
    path="/llm-websocket",
    asked={},
    parts={
        "begin": [],
        "text": [_piece("Hel"), _piece("lo")],
        "end": [_piece("", content_complete=True)],
    },
    whole={},
    error={"error": {"message": "Too fast.", "code": "slow_down"}},
    told={},
    steps=_over_socket,
)


def dial(agent: LiveAgent, tenant: LiveTenant | None, path: str = "/llm-websocket/c1") -> Any:
    url = agent.base_url.replace("http", "ws", 1) + path
    headers = tenant.headers if tenant else {}
    return connect(url, additional_headers=headers, proxy=None, compression=None, max_size=None)


class Caller:
    """Retell, for one call."""

    def __init__(self, peer: ClientConnection) -> None:
        self.peer = peer
        self.opening = [self.next(), self.next()]

    def next(self, within: float = 20) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.peer.recv(within))
        return told

    def tell(self, kind: str, **members: Any) -> None:
        self.peer.send(json.dumps({"interaction_type": kind, **members}))

    def ask(self, number: int, kind: str = "response_required", **members: Any) -> None:
        self.tell(kind, response_id=number, **{"transcript": SAID, **members})

    def heard(self, number: int) -> tuple[str, dict[str, Any]]:
        """What is spoken in a turn, and its last message."""
        words = ""
        while True:
            told = self.next()
            if told.get("response_id") == number:
                words += told["content"]
                if told["content_complete"]:
                    return words, told
