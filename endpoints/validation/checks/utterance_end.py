"""Whether callers are told that somebody has stopped speaking."""

from endpoints.validation.base import Finding, Seen, TalkCheck, failed, passed, skipped
from endpoints.validation.talk import Talk
from endpoints.validation.talking import PACE
from wire.events import FinalText, UtteranceEnd


class UtteranceEnds(TalkCheck):
    name = "utterance_end"
    label = "End of the utterance"
    about = f"`utterance_end` comes, {PACE.utterance_end:g} s after the `final` at the latest."
    position = 390

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        if not any(line.words for line in talk.saying(FinalText)):
            return skipped("There was no `final` with words.")
        if not seen.ear.ends_utterances:
            return skipped("The format has no word for it: Patchbay makes one after each final.")
        ends = talk.saying(UtteranceEnd)
        if ends:
            return passed(f"`utterance_end` came after {ends[-1].at:.1f} s.", talk)
        return failed(
            f"No `utterance_end` came within {PACE.utterance_end:g} s of the `final`.",
            "Send it after the `final`, when the person has stopped speaking: without it callers do"
            " not know that it is their turn.",
            talk,
        )
