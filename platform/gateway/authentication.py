"""Who calls: the key a request presents, and what it may do."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from gateway.errors import Refused
from gateway.snapshots import Snapshots
from tenants import keys, session_tokens
from tenants.selectors import Caller, caller_of_session

MOST_PARAMETERS = 200
"""Of a URL. Keywords of a transcriber are one each."""
_HEADERS = (b"x-api-key", b"api-key", b"x-vapi-secret", b"xi-api-key")
_SCHEMES = ("bearer", "token")


@dataclass(frozen=True, slots=True)
class Presented:
    """`in_url`: whoever logs URLs has seen this key, so it must not open much."""

    text: str
    in_url: bool

    def __repr__(self) -> str:
        return "Presented(***)"


def presented(
    headers: Mapping[bytes, bytes], query: bytes, url_key: str | None
) -> Presented | None:
    """The first key found, in the order of the contract: headers, `?token=`, path."""
    scheme, _, text = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if text and scheme.lower() in _SCHEMES:
        return Presented(text.strip(), in_url=False)
    for name in _HEADERS:
        if value := headers.get(name):
            return Presented(value.decode("latin-1").strip(), in_url=False)
    if b"token=" in query:
        tokens = _parameters(query).get("token")
        if tokens:
            return Presented(tokens[0], in_url=True)
    return Presented(url_key, in_url=True) if url_key else None


def _parameters(query: bytes) -> dict[str, list[str]]:
    """Raises `Refused` for too many of them."""
    try:
        return parse_qs(query.decode("latin-1"), max_num_fields=MOST_PARAMETERS)
    except ValueError:
        detail = f"Its URL has more than {MOST_PARAMETERS} parameters."
        raise Refused("invalid_request", detail) from None


class Authentication:
    """Turns what was presented into a caller; garbage is refused without a look-up."""

    __slots__ = ("_callers", "_signing_keys", "used")

    def __init__(self, callers: Snapshots[Caller], signing_keys: tuple[str, ...]) -> None:
        self._callers = callers
        self._signing_keys = signing_keys
        self.used: set[str] = set()  # key ids since somebody wrote them down

    async def caller(self, key: Presented | None, address: str = "") -> Caller:
        """`address` is from where it came. Raises `Refused`, and what `Snapshots.get` raises."""
        if key is None:
            raise Refused("invalid_api_key")
        if session_tokens.looks_like_one(key.text):
            found = await self._of_session(key.text, address)
        else:
            found = await self._of_key(key.text, address)
        if found is None or found.expired(time.time()):
            raise Refused("invalid_api_key")
        if key.in_url and not found.agent_id:
            raise Refused(
                "invalid_api_key",
                "In a URL only a session token or a key restricted to its agent is accepted.",
            )
        self.used.add(found.key_id)
        return found

    async def _of_key(self, text: str, address: str) -> Caller | None:
        digest = keys.digest(text)
        known = self._callers.peek(digest)
        if known is not None or not keys.looks_real(text):
            return known
        return await self._callers.get(digest, address)

    async def _of_session(self, text: str, address: str) -> Caller | None:
        claims = session_tokens.verify(text, self._signing_keys, time.time())
        if claims is None:
            return None
        issuer = await self._callers.get(claims.issuer, address)
        if issuer is None or issuer.expired(time.time()):
            return None
        return caller_of_session(claims, issuer)
