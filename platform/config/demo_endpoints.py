"""The reference endpoints of `examples/` as the demo runs them: one for each jack."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from config.first_run import DEMO_DIR
from config.processes import Program, python
from endpoints.services.agents import NATIVE_FORMATS
from wire.registry import formats_of

EXAMPLES: Path = settings.BASE_DIR / "examples"


@dataclass(frozen=True, slots=True)
class Reference:
    """`offset` is from the gateway's own port, so that two demos on one machine do not meet."""

    name: str
    script: str
    offset: int
    scheme: str
    path: str

    @property
    def port(self) -> int:
        return int(settings.PORT) + self.offset

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.port}{self.path}"

    @property
    def asked_over_http(self) -> str:
        """The same place for a question whether anybody is there."""
        return f"https://localhost:{self.port}{self.path}"

    def program(self, token: str, logs: Path) -> Program:
        command = python(
            str(EXAMPLES / self.script),
            *("--port", str(self.port)),
            *("--cert", str(DEMO_DIR / "cert.pem"), "--key", str(DEMO_DIR / "key.pem")),
        )
        log = logs / f"{self.name.lower().replace(' ', '-')}.log"
        return Program(f"The {self.name.lower()}", command, {"ENDPOINT_TOKEN": token}, log)


_ALL: Mapping[str, Reference] = {
    "llm": Reference("Demo model", "llm_endpoint.py", 443, "https", "/v1/chat/completions"),
    "voice": Reference("Demo voice", "voice_endpoint.py", 444, "https", "/tts"),
    "transcriber": Reference("Demo transcriber", "transcriber_endpoint.py", 445, "wss", "/stt"),
}


def references() -> dict[str, Reference]:
    """By channel, where the channel's native format is there to reach it."""
    return {
        channel: reference
        for channel, reference in _ALL.items()
        if NATIVE_FORMATS[channel] in formats_of(channel)
    }
