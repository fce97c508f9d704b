"""Whole answers, and the bodies of errors."""

from wire.events import Failure, LLMEvent, Unusable
from wire.failures import read_failure
from wire.gemini.reader import CODES, GeminiReader
from wire.gemini.shapes import read_answers

_BAD = Unusable("The endpoint's answer is no `GenerateContentResponse`.")


def read_answer(body: bytes) -> list[LLMEvent]:
    """An answer's events, also of a stream in an array; a `Failure` stands for what is none."""
    answers = read_answers(body)
    if not any(each.candidates or each.promptFeedback or each.error for each in answers):
        return [_BAD]
    return GeminiReader().whole(answers)


def read_error(body: bytes) -> Failure:
    """What an endpoint says in the body of a 4xx or 5xx, alone or in an array."""
    return read_failure(body, *CODES)
