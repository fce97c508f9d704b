"""Whether everything that comes is a message that callers know."""

from dispatch.transcriber import TEXT_LIMIT
from endpoints.validation.base import Finding, Seen, TalkCheck, passed, warning
from endpoints.validation.talk import Line, Talk

_TYPES = ("interim", "final", "utterance_end", "speech_started", "error")


class KnownMessages(TalkCheck):
    name = "known_messages"
    label = "Known messages"
    about = (
        "Each message is a text with a JSON object of a `type` that the format knows; a warning"
        " if not."
    )
    position = 340
    whole = False

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        odd = [line for line in talk.came if line.kind == "binary" or not line.known]
        if not odd:
            return passed(f"All {len(talk.came)} messages are of a known type.", talk)
        count = sum(line.count for line in odd)
        return warning(
            f"{count} of the messages are unknown to callers; the first {_oddity(seen, odd[0])}.",
            _hint(seen.endpoint.wire_format),
            talk,
        )


def _hint(wire_format: str) -> str:
    if wire_format != "rymi-stt":
        return f"Send what the page of `{wire_format}` names: Patchbay leaves all else out."
    known = ", ".join(f"`{each}`" for each in _TYPES)
    return (
        f"Send the types {known} and no others: Patchbay passes all on, and callers may stumble"
        " over them."
    )


def _oddity(seen: Seen, line: Line) -> str:
    if line.kind == "binary":
        return f"is binary, of {line.size} bytes"
    if line.members is None:
        return f"is no JSON object: {seen.quote(line.text)}"
    kind = line.members.get("type")
    if not isinstance(kind, str):
        return "has no `type`"
    return (
        "is too long to be read" if line.size >= TEXT_LIMIT else f"has the type {seen.quote(kind)}"
    )
