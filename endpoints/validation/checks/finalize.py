"""Whether a final comes when it is asked for."""

from endpoints.validation.base import Finding, Seen, TalkCheck, failed, passed, skipped, warning
from endpoints.validation.talk import Line, Talk
from endpoints.validation.talking import PACE
from wire.events import FinalText, TranscriberFailure

SLOW_FROM = 2.0


class Finalize(TalkCheck):
    name = "finalize"
    label = "Finalize is answered"
    about = (
        f"`finalize` is answered by a `final` within {PACE.final:g} s, a warning beyond"
        f" {SLOW_FROM:g} s."
    )
    position = 380

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        if not seen.ear.finalizes:
            return skipped("The format has no word for it: finals come when the endpoint likes.")
        asked = talk.finalize_at or 0.0
        hint = (
            f"Answer each `{seen.heard_as('finalize')}` with one final text, of all that was not"
            " final before; with an empty one when nothing is left."
        )
        finals = talk.saying(FinalText)
        answers = [line for line in finals if line.at >= asked]
        if answers:
            return _answered(talk, answers, finals, hint)
        if talk.saying(TranscriberFailure):
            return skipped("The endpoint reported an error.")
        if finals:
            return warning(
                f"A `final` came by itself before `finalize`; no answer came to `finalize` within"
                f" {PACE.final:g} s.",
                hint,
                talk,
            )
        return failed(f"No `final` came within {PACE.final:g} s of `finalize`.", hint, talk)


def _answered(talk: Talk, answers: list[Line], finals: list[Line], hint: str) -> Finding:
    waited = answers[0].at - (talk.finalize_at or 0.0)
    if not any(line.words for line in finals) and any(line.words for line in talk.came):
        return failed("The interims had words, the `final` has none.", hint, talk)
    if waited > SLOW_FROM:
        return warning(
            f"`finalize` was answered after {waited:.1f} s; the person on the phone waits so long"
            " before each answer.",
            "Transcribe while audio comes in, so that little is left to do at its end.",
            talk,
        )
    return passed(f"`finalize` was answered after {waited * 1000:.0f} ms.", talk)
