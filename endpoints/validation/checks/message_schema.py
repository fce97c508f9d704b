"""Whether the members of messages are of the kind that callers read."""

from collections.abc import Mapping
from typing import Any

from endpoints.validation.base import Finding, Seen, TalkCheck, failed, passed, skipped
from endpoints.validation.talk import Talk

_HINT = (
    'Send {"type":"interim","text":"…"} and {"type":"final","text":"…","confidence":0.92,'
    '"language_code":"en-US"}, of which the last two may be left out.'
)


class MessageSchema(TalkCheck):
    name = "message_schema"
    label = "Message schema"
    about = "Each `interim` and `final` has a `text`, and texts are texts, the empty one included."
    position = 350
    whole = False

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        if seen.endpoint.wire_format != "rymi-stt":
            return skipped("Members are looked at where an endpoint speaks `rymi-stt`.")
        known = [line for line in talk.came if line.event is not None]
        for number, line in enumerate(known, 1):
            wrong = _wrong(line.members or {})
            if wrong:
                return failed(f"Message {number}, after {line.at:.1f} s: {wrong}.", _HINT, talk)
        return passed("All messages have the members that they should have.", talk)


def _wrong(members: Mapping[str, Any]) -> str:
    kind = members.get("type")
    if kind in ("interim", "final") and not isinstance(members.get("text"), str):
        has = "is not a text" if "text" in members else "is missing"
        return f"`text` of the `{kind}` {has}"
    if not isinstance(members.get("language_code", ""), str | None):
        return f"`language_code` of the `{kind}` is not a text"
    if kind == "error" and not isinstance(members.get("message", ""), str):
        return "`message` of the `error` is not a text"
    return ""
