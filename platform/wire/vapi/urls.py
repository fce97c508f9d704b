"""The URL of a server made for Vapi, which is given a base and appends OpenAI's path to it."""

_CALL = "/chat/completions"


def url(target: str) -> str:
    base, mark, query = target.partition("?")
    base = base.rstrip("/")
    if not base.endswith((_CALL, f"{_CALL}/stream")):
        base += _CALL
    return base + mark + query
