"""Whether an utterance's messages come in their order."""

from endpoints.validation.base import Finding, Seen, TalkCheck, failed, passed, skipped, warning
from endpoints.validation.talk import Talk
from wire.events import FinalText, InterimText, UtteranceEnd

_HINT = "An utterance is: any number of `interim`, then `final`, then `utterance_end`."


class MessageOrder(TalkCheck):
    name = "message_order"
    label = "Order of messages"
    about = "`interim` comes before the `final` that replaces it, `utterance_end` after it."
    position = 400

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        if not talk.saying(UtteranceEnd) or not talk.saying(FinalText):
            return skipped("There was no whole utterance to look at.")
        pending = ""
        for line in talk.told:
            if isinstance(line.event, UtteranceEnd):
                if pending == "interim":
                    return warning(
                        f"An `interim` was followed by `utterance_end`, after {line.at:.1f} s, and"
                        " by no `final`: its words never become final.",
                        _HINT,
                        talk,
                    )
                pending = ""
            elif line.words:
                pending = "interim" if isinstance(line.event, InterimText) else "final"
            elif isinstance(line.event, FinalText) and pending == "interim":
                pending = ""
        if pending == "final":
            return failed("`utterance_end` came before the `final`, not after it.", _HINT, talk)
        return passed("Interims, finals and `utterance_end` came in their order.", talk)
