"""Whether speech comes back as text."""

from endpoints.validation.base import Finding, Seen, TalkCheck, failed, passed, skipped
from endpoints.validation.speech import SAID
from endpoints.validation.talk import Talk
from wire.events import FinalText, TranscriberFailure


class Heard(TalkCheck):
    name = "heard"
    label = "Speech is heard"
    about = f"A recorded sentence, «{SAID}», comes back as text, whatever the words."
    position = 360

    def judge(self, seen: Seen, talk: Talk) -> Finding:
        finals = " ".join(line.words for line in talk.saying(FinalText) if line.words)
        words = finals or next((line.words for line in reversed(talk.came) if line.words), "")
        if words:
            return passed(f"«{SAID}» was heard as {seen.quote(words)}.", talk)
        if talk.saying(TranscriberFailure):
            return skipped("The endpoint reported an error.")
        came = f"{len(talk.came)} messages came, and" if talk.came else "Nothing came, so"
        return failed(
            f"{came} no text at all, although «{SAID}» was played.",
            _hint(seen.endpoint.wire_format),
            talk,
        )


def _hint(wire_format: str) -> str:
    if wire_format != "rymi-stt":
        return (
            f"The page of `{wire_format}` says in what form audio comes. Check that it reaches the"
            " model, and that its words are sent."
        )
    return (
        "Binary messages are PCM: 16 bit, little-endian, mono, 16 kHz, without a header. Check"
        " that they reach the model, and that its words go into `text`."
    )
