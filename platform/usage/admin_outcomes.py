"""What an outcome means, in words for whoever looks at one event."""

from usage.models import CallEvent

_MEANINGS = {
    "client_gone": "The caller hung up before the answer was complete. Voice platforms do so"
    " whenever somebody speaks into an answer, or ends the call. The endpoint is not to blame, and"
    " what it had sent by then is counted.",
    "lost_process": "The gateway’s process ended in the middle of this dispatch, so nothing is"
    " known of it but that it began.",
}


def meaning(event: CallEvent) -> str:
    """Empty where the outcome speaks for itself, or the event's error does."""
    return "" if event.error else _MEANINGS.get(event.outcome, "")
