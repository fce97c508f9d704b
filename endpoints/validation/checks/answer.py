"""Whether the endpoint answers a call with something that can be an answer."""

from endpoints.validation.base import AT_THE_DOOR, Check, Finding, Seen, failed, passed, skipped
from endpoints.validation.exchange import Exchange, Failure
from endpoints.validation.prompts import NO_MODEL

_STATUS_HINTS = {
    400: "The server refuses the request's fields: its message says which. `settings.drop_fields`"
    " leaves fields out.",
    404: "Check the path: {called}.{path} A 404 can also mean that the model or the voice is not"
    " known.",
    405: "Check the path: it must accept POST.",
    413: "Let the server accept larger requests.",
    422: "The server refuses the request's fields: its message says which. `settings.drop_fields`"
    " leaves fields out.",
    429: "The server limits requests; raise its limit for Patchbay, or try again later.",
}
_SOCKET_HINTS = {
    404: "Check the path: {called}.{path} It must be the one at which the server takes WebSockets.",
    405: "The path must take WebSockets: an upgrade is a GET.",
    426: "The server, or a proxy before it, did not see the upgrade: let the proxy pass on"
    " `Upgrade` and `Connection` (nginx: `proxy_http_version 1.1` and both headers).",
    503: "The server takes no more calls now: let it take more at a time, or try again later.",
}
_KINDS = {
    "llm": "Answer a streaming request with `Content-Type: text/event-stream`, any other with"
    " `application/json`.",
    "voice": "Answer with status 200 and raw PCM (16 bit, little-endian, mono, no header).",
    "transcriber": "Answer the upgrade with status 101 as RFC 6455 says; a WebSocket library does.",
}
_SOONER = {
    False: "Let the server send its headers at once and stream",
    True: "Let the server answer sooner",
}
_CATEGORY_HINTS = {
    "redirect": "Enter the URL that it redirects to: redirects are never followed, so that a"
    " credential goes nowhere else.",
    "head_too_large": "Let the server send less than 32 KiB of headers and at most 100 of them.",
    "encoded": "Turn compression off for this path: it was not asked for, and it delays streams.",
    "malformed": "The port must speak HTTP/1.1. Try the curl line.",
    "reported": "The server sent an error in its answer: look at its log.",
    "no_answer": "The server closed the connection without an answer: look at its log.",
}


class Answer(Check):
    name = "answer"
    label = "Answer to a call"
    about = (
        "The call gets an answer in time: a success status and a content type that can be one;"
        " of a transcriber, the upgrade to a WebSocket."
    )
    position = 30
    channels = ("llm", "voice", "transcriber")
    needs = ("stream", "plain")

    def run(self, seen: Seen) -> Finding:
        exchange = seen.judged
        if exchange.refusal:
            return skipped("The call was refused for its credential.")
        if exchange.kind == "error":
            return _error_status(seen, exchange)
        failure = exchange.failure
        if exchange.kind == "none" and failure is not None:
            if failure.code in AT_THE_DOOR or failure.clock in ("connect", "tls"):
                return skipped("The endpoint could not be reached.")
            if not names_impostor(seen.endpoint.channel, failure):
                return _no_answer(seen, exchange, failure)
        return passed(f"The endpoint answered with status {exchange.status}.", exchange)


def _error_status(seen: Seen, exchange: Exchange) -> Finding:
    status = exchange.status or 0
    log = "Look at the server's log for this moment; its own message is in the evidence."
    channel = seen.endpoint.channel
    hints = _SOCKET_HINTS if seen.over_socket else _STATUS_HINTS
    hint = hints.get(status, log).format(called=_called(seen), path=_usual_path(seen))
    asked = {"llm": "model", "voice": "voice"}.get(channel)
    if asked and _names_nothing(exchange) and status in (400, 404, 422):
        hint += f" No `model` is set, so this test asked for the {asked} `default`: set one."
    return failed(f"The endpoint answered with status {status}.", hint, exchange)


def _names_nothing(exchange: Exchange) -> bool:
    """Whether the call had to name a model or a voice, and nobody had said which."""
    return exchange.sent is not None and f'"{NO_MODEL}"'.encode() in exchange.sent.body


def _called(seen: Seen) -> str:
    own = seen.spoken.manner.called if seen.endpoint.channel == "llm" else ""
    return own or "the URL is called exactly as it is, nothing is appended"


def _usual_path(seen: Seen) -> str:
    if seen.endpoint.channel != "llm":
        return ""
    return f" For most servers of this format it ends in {seen.spoken.manner.path}."


def _usual_kind(seen: Seen) -> str:
    if seen.endpoint.channel == "llm" and seen.over_socket:
        return f"Answer with {seen.spoken.manner.finish}."
    if seen.endpoint.channel == "llm" and not seen.spoken.capabilities.streaming:
        return f"Answer with {seen.spoken.manner.whole}, as `application/json`."
    return _KINDS[seen.endpoint.channel]


def names_impostor(channel: str, failure: Failure) -> bool:
    """Whether a body was received and was no sound: that is the finding of another check."""
    return channel == "voice" and failure.code == "upstream_bad_response" and not failure.category


def _no_answer(seen: Seen, exchange: Exchange, failure: Failure) -> Finding:
    if failure.clock:
        return failed(
            f"No answer began in time. {failure.detail}",
            f"{_SOONER[seen.over_socket]}; or set a longer `timeouts.{failure.clock}`.",
            exchange,
        )
    if failure.code == "invalid_request":
        return failed(f"No call could be made. {failure.detail}", "Change the endpoint.", exchange)
    hint = _CATEGORY_HINTS.get(failure.category, _usual_kind(seen))
    kind = exchange.media_type
    said = f" Its content type is {seen.quote(kind)}." if kind and not failure.category else ""
    return failed(f"{failure.detail}{said}", hint, exchange)
