"""Whether words come while somebody is still speaking."""

from endpoints.validation.base import Finding, Seen, TalkCheck, passed, skipped, warning
from endpoints.validation.talk import Talk
from wire.events import InterimText


class Interims(TalkCheck):
    name = "interims"
    label = "Interim text"
    about = "An `interim` with words comes while the sentence is still played; a warning if not."
    position = 370

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        if not any(line.words for line in talk.came):
            return skipped("There was no text to look at.")
        moments = [line.at for line in talk.saying(InterimText) if line.words]
        early = [at for at in moments if at <= (talk.finalize_at or 0.0)]
        if early:
            return passed(
                f"{len(early)} interims came while the sentence was played, the first after"
                f" {early[0]:.1f} s.",
                talk,
            )
        late = f"{len(moments)} interims came, all after" if moments else "No interim came before"
        return warning(
            f"{late} the end of the sentence.",
            "Transcribe what has come so far every 600 ms or so, and send it as `interim`: callers"
            " show it, and notice by it that they are interrupted.",
            talk,
        )
