"""Whether the endpoint reports an error of its own."""

from endpoints.validation.base import Finding, Seen, TalkCheck, failed, passed
from endpoints.validation.talk import Talk
from wire.events import TranscriberFailure


class ReportedError(TalkCheck):
    name = "reported_error"
    label = "No error reported"
    about = "The endpoint sends no `error` message."
    position = 330
    whole = False

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        for line in talk.saying(TranscriberFailure):
            said = line.event.message if isinstance(line.event, TranscriberFailure) else ""
            return failed(
                f"The endpoint reported an error after {line.at:.1f} s: {seen.quote(said)}.",
                "Look at the server's log for this moment.",
                talk,
            )
        return passed("The endpoint reported no error.", talk)
