"""A conversation as it is kept and shown: a line for each message, of audio its size."""

from endpoints.validation.redaction import Redact
from endpoints.validation.talk import Line, Talk

FIRST_SHOWN, LAST_SHOWN = 100, 20
TEXT_SHOWN = 500


def transcript(talk: Talk, redact: Redact) -> list[dict[str, object]]:
    """JSON; of a long one the beginning and the end."""
    lines = [line for line in talk.lines if line.kind != "event"]
    left_out = len(lines) - FIRST_SHOWN - LAST_SHOWN
    if left_out <= 0:
        return [_shown(line, redact) for line in lines]
    return [
        *(_shown(line, redact) for line in lines[:FIRST_SHOWN]),
        {"left_out": left_out},
        *(_shown(line, redact) for line in lines[-LAST_SHOWN:]),
    ]


def _shown(line: Line, redact: Redact) -> dict[str, object]:
    shown: dict[str, object] = {
        "at": round(line.at, 3),
        "from": "patchbay" if line.ours else "endpoint",
    }
    if line.kind == "binary":
        until = round(line.until, 3)
        return {**shown, "until": until, "binary": {"messages": line.count, "bytes": line.size}}
    text = redact(line.text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    cut = text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN]}… ({line.size} bytes)"
    if line.kind == "close":
        return {**shown, "close": line.code, "reason": cut}
    return {**shown, "text": cut}
