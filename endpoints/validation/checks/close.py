"""Whether a session ends when it is asked to."""

from egress.frames import NO_CODE
from endpoints.validation.base import Finding, Seen, TalkCheck, failed, passed, skipped, warning
from endpoints.validation.talk import Talk
from endpoints.validation.talking import PACE

_CLEAN = (1000, 1001, NO_CODE)
_HINT = "Close the WebSocket with code 1000, or without one; in Node `ws.close()`."


class Close(TalkCheck):
    name = "close"
    label = "Close is honoured"
    about = (
        f"After `close` the endpoint closes with code 1000 or none, within {PACE.close:g} s; a"
        " warning if with another, or if the connection is just gone."
    )
    position = 420

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        if not seen.ear.closes:
            return skipped("The format has no word for it: Patchbay closes the WebSocket.")
        end = talk.end
        if end is None and talk.cut:
            return skipped("The session was broken off, for what came over it.")
        if end is None:
            return failed(
                f"The endpoint did not close within {PACE.close:g} s of `close`.",
                f"Read `{seen.heard_as('close')}` and close the WebSocket: sessions that nobody"
                " ends pile up on the server.",
                talk,
            )
        if end.how == "broken":
            return skipped("The endpoint broke the WebSocket protocol.")
        if end.how != "closed":
            return warning("The connection was lost without a close frame (1006).", _HINT, talk)
        if end.code not in _CLEAN:
            return warning(
                f"The endpoint closed with code {end.code}: calls would be recorded as failed.",
                _HINT,
                talk,
            )
        waited = talk.end_at - (talk.close_at or 0.0)
        how = "without a code" if end.code == NO_CODE else f"with {end.code}"
        return passed(f"The endpoint closed {how} after {waited * 1000:.0f} ms.", talk)
