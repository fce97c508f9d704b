"""Whether the endpoint keeps to the WebSocket protocol, and to a measure."""

from endpoints.validation.base import Finding, Seen, TalkCheck, failed, passed
from endpoints.validation.ear import MOST_BYTES, MOST_FRAMES
from endpoints.validation.talk import Talk

_HINTS = {
    1007: "Encode text messages as UTF-8.",
    1009: "Send transcripts only: a message of them is a few hundred bytes.",
}
_HINT = "Use a WebSocket library, and let no proxy between add to its frames."


class SocketProtocol(TalkCheck):
    name = "socket_protocol"
    label = "WebSocket protocol"
    about = (
        "The endpoint keeps to the WebSocket protocol, valid UTF-8 included, and sends at most"
        f" {MOST_FRAMES} messages and {MOST_BYTES // 1024} KiB for one sentence."
    )
    position = 310
    whole = False

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        end = talk.end
        if end is not None and end.how == "broken":
            return failed(
                f"The endpoint broke the WebSocket protocol after {talk.end_at:.1f} s:"
                f" {end.reason}.",
                _HINTS.get(end.code, _HINT),
                talk,
            )
        if talk.cut:
            size = sum(line.size for line in talk.came)
            return failed(
                f"The endpoint sends without measure: {len(talk.came)} messages, {size} bytes"
                f" and more came within {talk.took:.1f} s.",
                "Send an interim when the text has changed, some times a second at most.",
                talk,
            )
        return passed(f"{len(talk.came)} messages came, framed as they should be.", talk)
