"""Whether everything that comes is a message that callers know."""

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
        odd = [line for line in talk.came if line.event is None]
        if not odd:
            return passed(f"All {len(talk.came)} messages are of a known type.", talk)
        count = sum(line.count for line in odd)
        known = ", ".join(f"`{each}`" for each in _TYPES)
        return warning(
            f"{count} of the messages are unknown to callers; the first {_oddity(seen, odd[0])}.",
            f"Send the types {known} and no others: Patchbay passes all on, and callers may"
            " stumble over them.",
            talk,
        )


def _oddity(seen: Seen, line: Line) -> str:
    if line.kind == "binary":
        return f"is binary, of {line.size} bytes"
    if line.members is None:
        return f"is no JSON object: {seen.quote(line.text)}"
    kind = line.members.get("type")
    if not isinstance(kind, str):
        return "has no `type`"
    return f"has the type {seen.quote(kind)}" if kind not in _TYPES else "is too long to be read"
