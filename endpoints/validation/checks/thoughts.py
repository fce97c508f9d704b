"""Whether a model's reasoning stands in the text, where a voice would speak it."""

from endpoints.validation.base import Finding, Seen, StreamCheck, passed, skipped, warning
from endpoints.validation.exchange import Exchange
from wire.openai.chunks import read_chunk

_OPEN, _CLOSE = "<think>", "</think>"
_HINT = (
    "Turn reasoning off for voice (`settings.add_fields`, for many models"
    ' {"chat_template_kwargs":{"enable_thinking":false}}), or let the server part it from the text,'
    " as vLLM does with `--reasoning-parser`."
)


class Thoughts(StreamCheck):
    name = "thoughts"
    label = "Thoughts are not spoken"
    about = (
        "In OpenAI's format: the text neither begins with `<think>` nor holds `</think>`; a warning"
        " if so, since what a model thinks would be spoken."
    )
    position = 55
    whole = False

    def judge(self, seen: Seen, exchange: Exchange) -> Finding:
        if not seen.has_openai_chunks:
            return skipped(f"In {seen.spoken.label} it is not looked at.")
        text = "".join(_words(arrived.event.data) for arrived in exchange.events)
        if text.lstrip().startswith(_OPEN):
            return warning(
                f"The text begins with `{_OPEN}`: callers of the same format get it as it is, and"
                " platforms speak it.",
                _HINT,
                exchange,
            )
        if _CLOSE in text:
            return warning(
                f"The text holds `{_CLOSE}` without a beginning: nobody can tell what stands before"
                " it from an answer, and it is spoken.",
                _HINT,
                exchange,
            )
        return passed("No thoughts are marked in the text.", exchange)


def _words(data: bytes | None) -> str:
    """The content of a chunk's first choice; the check `chunks` tells of what is none."""
    chunk = read_chunk(data or b"")
    delta = chunk.choices[0].delta if chunk is not None and chunk.choices else None
    return (delta.content or "") if delta is not None else ""
