"""Whether a request for a style of speaking is borne."""

from endpoints.validation.base import Finding, Seen, StreamCheck, passed, skipped, warning
from endpoints.validation.exchange import Exchange


class Instructions(StreamCheck):
    name = "instructions"
    label = "Takes instructions"
    about = "A call with `instructions` is spoken too, whether or not they are followed."
    position = 290
    channels = ("voice",)
    needs = ("stream", "styled")

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        if not seen.speaks.capabilities.instructions:
            return skipped("This format carries no instructions.")
        styled = seen.exchanges.get("styled")
        if styled is None or styled.sent is None:
            return skipped("The call was not made.")
        if styled.kind == "stream" and styled.ended:
            return passed("A call with `instructions` is spoken.", styled)
        said = f"status {styled.status}" if styled.kind == "error" else "no whole sound"
        return warning(
            f"A call with `instructions` is answered with {said}.",
            "Ignore the field if the voice cannot follow it: it comes when the language model asks"
            " for a style.",
            styled,
        )
