"""The URL of one request: Gemini has the model and the method in the path."""

import re
from urllib.parse import quote

_METHOD = re.compile(r":(?:streamG|g)enerateContent$")
_MODELS = "models/"
_SSE = "alt=sse"
_UNNAMED = "default"


def url(target: str, *, model: str, asked: str | None, stream: bool) -> str:
    """`target` may end before `models`, behind a model, or behind a method.

    The endpoint's own `model` comes before the one in the URL, that before the one that was `asked`
    for. Without `alt=sse` a stream would be one JSON array.
    """
    base, _, query = target.partition("?")
    base = _METHOD.sub("", base).rstrip("/")
    folder, slash, named = base.rpartition(f"/{_MODELS}")
    if slash and "/" not in named:
        base = folder
    else:
        base, named = base.removesuffix("/models"), ""
    chosen = _escaped(model) or named or _escaped(asked or _UNNAMED)
    method = "streamGenerateContent" if stream else "generateContent"
    called = f"{base}/{_MODELS}{chosen}:{method}"
    query = _query(query, stream=stream)
    return f"{called}?{query}" if query else called


def _escaped(model: str) -> str:
    """A caller may ask for anything; none of it leads out of the folder of models."""
    return quote(model.removeprefix(_MODELS), safe="")


def _query(query: str, *, stream: bool) -> str:
    kept = [each for each in query.split("&") if each and not each.startswith("alt=")]
    return "&".join([*kept, _SSE] if stream else kept)
