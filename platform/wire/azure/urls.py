"""The URL of one request: Azure has two APIs, and the older one has the deployment in the path."""

import re
from urllib.parse import quote

from wire.errors import InvalidRequest

_CALL = "/chat/completions"
_V1 = "/openai/v1"
_DEPLOYMENTS = "/openai/deployments/"
_DEPLOYED = re.compile(r"(/openai/deployments)/[^/]+")
_UNNAMED = "default"
_ELSEWHERE = (".", "..")


def url(target: str, *, model: str, asked: str | None) -> str:
    """`target` may be a resource's address, a deployment's, or already what is to be called.

    With an `api-version` a bare address means the classic API, else v1. The endpoint's own `model`
    comes before the deployment in the URL, that before what was `asked` for. Raises
    `InvalidRequest` for a name that no deployment can have.
    """
    base, mark, query = target.partition("?")
    base = base.rstrip("/")
    query = mark + query
    if model:
        base = _DEPLOYED.sub(lambda found: f"{found[1]}/{_escaped(model)}", base, count=1)
    if base.endswith(_CALL):
        return base + query
    if _V1 in base or _DEPLOYED.search(base):
        return base + _CALL + query
    base = base.removesuffix("/openai/deployments").removesuffix("/openai")
    if "api-version=" in query:
        deployment = _escaped(model or asked or _UNNAMED)
        return f"{base}{_DEPLOYMENTS}{deployment}{_CALL}{query}"
    return base + _V1 + _CALL + query


def _escaped(name: str) -> str:
    """A caller may ask for anything; none of it leads out of the folder of deployments."""
    if name in _ELSEWHERE:
        raise InvalidRequest("`model` must be the name of a deployment.", "model")
    return quote(name, safe="")
