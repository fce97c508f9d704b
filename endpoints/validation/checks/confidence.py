"""Whether a confidence is a share of one."""

from typing import Any

from endpoints.validation.base import Finding, Seen, TalkCheck, failed, passed, skipped
from endpoints.validation.talk import Line, Talk
from wire.events import FinalText


class Confidence(TalkCheck):
    name = "confidence"
    label = "Confidence"
    about = "`confidence`, which a `final` may leave out, is a number from 0 to 1."
    position = 410
    whole = False

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        finals = talk.saying(FinalText)
        if not finals:
            return skipped("There was no `final` to look at.")
        native = seen.endpoint.wire_format == "rymi-stt"
        given = [_confidence(line, native=native) for line in finals]
        wrong = [each for each in given if each is not None and not _is_share(each)]
        if wrong:
            return failed(
                f"A `final` has the confidence {seen.quote(repr(wrong[0]))}.",
                "Give a number from 0 to 1, or leave it out: callers compare it with a threshold.",
                talk,
            )
        numbers = [each for each in given if each is not None]
        if not numbers:
            return passed("No `final` gives a confidence, which may be left out.", talk)
        return passed(f"The confidence is between {min(numbers):g} and {max(numbers):g}.", talk)


def _confidence(line: Line, *, native: bool) -> Any:
    """As it was sent where it can be told; other formats have it in many places."""
    if native:
        return (line.members or {}).get("confidence")
    return line.event.confidence if isinstance(line.event, FinalText) else None


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
