"""What a VEXYL-style endpoint answers, in whatever member it puts its words."""

from collections.abc import Mapping
from typing import Any

from wire.events import Failure, Finish, LLMEvent, Reasoning, Text, ToolDelta, Unusable, Usage
from wire.members import loads
from wire.openai.chunks import describe
from wire.settings import DROP_FIELDS, Setting, is_text
from wire.tokens import bounded
from wire.vexyl.actions import ESCALATE_TOOL, HANGUP_TOOL, Actions, without_marks
from wire.vexyl.paths import found, text_at
from wire.words import Words

RESPONSE_FIELD = Setting(
    "response_field",
    "Where in the endpoint's answer the words are, such as `data.output.message`. Left out, they"
    " are looked for in the places that VEXYL knows.",
    "a dot path",
    "",
    is_text,
)
SESSION_FIELD = Setting(
    "session_field",
    "Where in the endpoint's answer its own id of the session is, such as `data.sessionId`: it is"
    " sent from then on. Left out, the endpoint gets the caller's id of the call, always.",
    "a dot path",
    "",
    is_text,
)
SETTINGS = (RESPONSE_FIELD, SESSION_FIELD, ESCALATE_TOOL, HANGUP_TOOL, DROP_FIELDS)

PLACES = (
    "response", "text", "message", "output", "result", "answer", "reply", "content",
    "data.response", "data.text", "data.message",
)  # fmt: skip
_SESSION_LIMIT = 200
_FLAG_PLACES = ("", "metadata.", "data.")
_COUNTS = (
    ("promptTokens", "completionTokens"),
    ("prompt_tokens", "completion_tokens"),
    ("input_tokens", "output_tokens"),
)
_NOT_JSON = Unusable("The endpoint's answer is not a JSON object.")
_NO_TEXT = Unusable(
    "The endpoint's answer has no words: `response` and the other members in which they may be are"
    " missing or empty."
)


def read_answer(body: bytes, settings: Mapping[str, Any]) -> list[LLMEvent]:
    """Its events; a `Failure` stands for what is no answer."""
    answer = _object(body)
    if answer is None:
        return [_NOT_JSON]
    said = _said(answer, settings)
    if said is None or _is_error(answer):
        return [_failure(answer, settings)]
    words = Words()
    pieces = [*words.feed(said), *words.rest()]
    thoughts: list[LLMEvent] = [piece for piece in pieces if isinstance(piece, Reasoning)]
    spoken = "".join(piece.text for piece in pieces if isinstance(piece, Text))
    text, marked = without_marks(spoken)
    actions = marked | _flags(answer)
    if not text and not actions:
        return [_failure(answer, settings)]
    return [*thoughts, *_events(text, actions, settings), *_usage(answer)]


def reply_session(body: bytes, settings: Mapping[str, Any]) -> str | None:
    """The endpoint's own id of the session, where a setting says that it has one."""
    path = settings.get(SESSION_FIELD.name, SESSION_FIELD.default)
    named = text_at(_object(body), path) if path else None
    return named if named and len(named) <= _SESSION_LIMIT else None


def reply_text(body: bytes) -> str:
    """The words of an answer that Patchbay wrote, or of one in the same shape."""
    return text_at(_object(body), "response") or ""


def _object(body: bytes) -> dict[str, Any] | None:
    """The answer; of a list, as some workflows give, its first; a bare text is a `response`."""
    try:
        value = loads(body)
    except ValueError:
        return None
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, str):
        return {"response": value}
    return value if isinstance(value, dict) else None


def _said(answer: dict[str, Any], settings: Mapping[str, Any]) -> str | None:
    """`None` if there is no place for words, empty if it holds none."""
    path = settings.get(RESPONSE_FIELD.name, RESPONSE_FIELD.default)
    texts = [text_at(answer, place) for place in ((path,) if path else PLACES)]
    given = [text for text in texts if text is not None]
    if not given:
        return "" if _flags(answer) else None
    return next((text for text in given if text.strip()), "")


def _is_error(answer: dict[str, Any]) -> bool:
    """An `error`, with nothing but a `message` to say, is no answer; nor is a failed `success`."""
    return answer.get("success") is False or (
        bool(answer.get("error")) and not any(text_at(answer, p) for p in PLACES if p != "message")
    )


def _failure(answer: dict[str, Any], settings: Mapping[str, Any]) -> Failure:
    if _is_error(answer):
        error = answer.get("error")
        return describe(error if error and error is not True else answer)
    path = settings.get(RESPONSE_FIELD.name)
    if path and not (text_at(answer, path) or "").strip():
        return Unusable(f"The endpoint's answer has no words at `{path}`.")
    return _NO_TEXT


def _flags(answer: dict[str, Any]) -> Actions:
    escalate, hangup = (
        any(found(answer, place + name) in (True, "true", "True") for place in _FLAG_PLACES)
        for name in ("shouldEscalate", "shouldHangup")
    )
    return Actions(escalate, hangup)


def _events(text: str, actions: Actions, settings: Mapping[str, Any]) -> list[LLMEvent]:
    events: list[LLMEvent] = [Text(text)] if text else []
    chosen = ((actions.escalate, ESCALATE_TOOL), (actions.hangup, HANGUP_TOOL))
    names = [settings.get(tool.name, tool.default) for wanted, tool in chosen if wanted]
    events += [ToolDelta(index, "", name, "{}") for index, name in enumerate(names)]
    return [*events, Finish("tool_calls" if names else "stop")]


def _usage(answer: dict[str, Any]) -> list[Usage]:
    """Tokens, where the endpoint reports them: VEXYL does not ask for any."""
    for place in _FLAG_PLACES:
        for prompt, completion in _COUNTS:
            counts = [found(answer, f"{place}usage.{name}") for name in (prompt, completion)]
            if all(isinstance(count, int) for count in counts):
                return [Usage(bounded(counts[0]), bounded(counts[1]))]
    return []
