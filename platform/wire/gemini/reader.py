"""A stream of `streamGenerateContent`, or a whole answer, read into canonical events."""

from wire import callids
from wire.events import Failure, Finish, FinishReason, LLMEvent, Reasoning, ToolDelta
from wire.failures import described
from wire.gemini.shapes import Answer, Candidate, FunctionCall, Part, read_answers
from wire.gemini.usage import usage_of
from wire.llm.bounds import MOST_CALLS, TOO_MANY_CALLS
from wire.llm.reading import CUT_OFF, FOREIGN, UNREADABLE, StreamReader
from wire.members import dumps
from wire.sse import read_event
from wire.words import Words

CODES = ("status", "code")
_FINISHES: dict[str, FinishReason] = {
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "LANGUAGE": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
}
_FAILURES = frozenset(
    ("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE",
     "MISSING_THOUGHT_SIGNATURE")
)  # fmt: skip
_DONE = b"[DONE]"


class GeminiReader(StreamReader):
    """The stream ends with its connection, so `done` says that a reason to finish
    came; more may come behind it, and the reason is told at the end.

    Reasons that are not known count as `stop`, and `stop` behind tool calls is `tool_calls`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._words = Words()
        self._called = 0
        self._known = False
        self._reason: FinishReason = "stop"

    def whole(self, answers: list[Answer]) -> list[LLMEvent]:
        """A whole answer, in one object or in the pieces of an array."""
        events = self._answers(answers)
        return events if self._failed else [*events, *self._words.rest(), self._finish()]

    def _finish(self) -> Finish:
        stopped = self._reason == "stop" and self._called
        return Finish("tool_calls" if stopped else self._reason)

    def _ending(self) -> list[LLMEvent]:
        return [*self._words.rest(), self._finish() if self.done else CUT_OFF]

    def _piece(self, piece: bytes) -> list[LLMEvent]:
        data = _payload(piece)
        if data.startswith(_DONE):
            self.done = True
            return [] if self._known else self._fail(FOREIGN)
        if not data:
            return []
        answers = read_answers(data)
        if not answers:
            return self._fail(UNREADABLE)
        return self._answers(answers)

    def _answers(self, answers: list[Answer]) -> list[LLMEvent]:
        events: list[LLMEvent] = []
        for answer in answers:
            if not self._failed:
                events += self._answer(answer)
        return events

    def _answer(self, answer: Answer) -> list[LLMEvent]:
        if answer.error:
            return self._fail(described(answer.error, *CODES))
        events: list[LLMEvent] = []
        self._known = self._known or answer.candidates is not None
        candidates = [each for each in answer.candidates or () if not each.index]
        refused = _refusal(answer)
        for candidate in candidates:
            events += self._parts(candidate)
            refused = refused or self._reason_of(candidate)
        usage = usage_of(answer.usageMetadata, final=self.done or refused is not None)
        if usage is not None:
            events.append(usage)
        if refused is not None:
            events += [*self._words.rest(), *self._fail(refused)]
        return events

    def _parts(self, candidate: Candidate) -> list[LLMEvent]:
        events: list[LLMEvent] = []
        content = candidate.content
        for part in (content.parts if content is not None else None) or ():
            if part.functionCall is not None:
                events += self._call(part, part.functionCall)
            elif part.text:
                events += [Reasoning(part.text)] if part.thought else self._words.feed(part.text)
        return events

    def _call(self, part: Part, call: FunctionCall) -> list[LLMEvent]:
        number = self._called
        self._called += 1
        if number >= MOST_CALLS:
            return []
        call_id = callids.with_signature(call.id or "", part.thoughtSignature)
        arguments = dumps(call.args if isinstance(call.args, dict) else {}).decode()
        return [ToolDelta(number, call_id, call.name or "", arguments)]

    def _reason_of(self, candidate: Candidate) -> Failure | None:
        """Takes note of why the answer ends; a failure if that is none, or there is too much."""
        if self._called > MOST_CALLS:
            return TOO_MANY_CALLS
        reason = candidate.finishReason
        if reason in _FAILURES:
            told = candidate.finishMessage or f"The endpoint finished with {reason!r}."
            return described({"message": told, "code": reason}, "code")
        if reason:
            self.done = True
            self._reason = _FINISHES.get(reason, "stop")
        return None


def _payload(piece: bytes) -> bytes:
    """An event's data; errors come as bare JSON, too."""
    data = read_event(piece).data
    if data is not None:
        return data.strip()
    bare = piece.strip()
    return bare if bare[:1] in (b"{", b"[") else b""


def _refusal(answer: Answer) -> Failure | None:
    """A prompt that was blocked has no candidates."""
    feedback = answer.promptFeedback
    if feedback is None or not feedback.blockReason or answer.candidates:
        return None
    told = feedback.blockReasonMessage or f"The prompt was blocked: {feedback.blockReason}."
    return described({"message": told, "code": "content_filter"}, "code")
