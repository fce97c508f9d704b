"""Whether the session lasts until it is asked to end."""

from egress.frames import NO_CODE
from endpoints.validation.base import Finding, Seen, TalkCheck, failed, passed, skipped
from endpoints.validation.talk import Talk
from wire.events import TranscriberFailure

_HINT = (
    "Keep the session open until `close` comes: a call is one session with many utterances."
    " Look at the server's log for this moment."
)


class SessionLasts(TalkCheck):
    name = "session"
    label = "Session lasts"
    about = "The endpoint keeps the session open until it is asked to close it."
    position = 320
    whole = False

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        if talk.failure is not None:
            return failed(
                f"The test was broken off after {talk.took:.1f} s. {talk.failure.detail}",
                "Set a longer `timeouts.total`: it is for a whole call.",
                talk,
            )
        if talk.close_at is not None:
            return passed(f"The session lasted for the {talk.close_at:.1f} s of the test.", talk)
        if talk.saying(TranscriberFailure):
            return skipped("The endpoint reported an error and ended the session.")
        if talk.end is None or talk.end.how == "broken":
            return skipped("The session was broken off, for what came over it.")
        how = "lost without a close frame"
        if talk.end.how == "closed":
            code = "without a code" if talk.end.code == NO_CODE else f"with code {talk.end.code}"
            reason = f" ({seen.quote(talk.end.reason)})" if talk.end.reason else ""
            how = f"closed by the endpoint {code}{reason}"
        moment = "while the sentence was played" if talk.finalize_at is None else "after `finalize`"
        summary = f"The connection was {how} after {talk.end_at:.1f} s, {moment}."
        return failed(summary, _HINT, talk)
