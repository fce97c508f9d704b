"""Two formats that are not the same, and an answer on its way from one to the other."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wire import callids
from wire.conversation import Conversation
from wire.dialogue import Dialogue
from wire.errors import InvalidRequest
from wire.events import Failure, LLMEvent, ToolDelta, Unusable
from wire.llm.base import (
    LLMEgress,
    LLMIngress,
    LLMReader,
    LLMRelay,
    LLMRequest,
    LLMTally,
    LLMWriter,
    Stamp,
)
from wire.llm.bounds import LONGEST_ANSWER, TOO_LONG
from wire.llm.gathering import count, gather, not_cut, tallied

_NO_REPLY = Unusable("Its answer is an error, though the status is a success.")


class TranslatingRelay:
    """An `LLMRelay` whose sides speak different formats.

    A stream that is cut off is not told here: whoever reads it tells the caller with `fail`. After
    a failure nothing follows, so it counts as the end mark.
    """

    __slots__ = ("_over", "_reader", "_stamp", "_waits", "_writer", "end_mark", "tally")

    def __init__(
        self, egress: LLMEgress, reader: LLMReader, writer: LLMWriter, stamp: Stamp
    ) -> None:
        self.tally = LLMTally()
        self.end_mark = egress.end_mark
        self._waits = egress.ends_with_connection
        self._reader = reader
        self._writer = writer
        self._stamp = stamp
        self._over = False  # the caller has the end of its stream

    def feed(self, data: bytes) -> bytes:
        out = self._written(self._reader.feed(data))
        self.tally.done = self._over or self._reader.done
        return out + self._end() if self._reader.done and not self._waits else out

    def close(self) -> bytes:
        out = self._written(not_cut(self._reader.close()))
        self.tally.done = self.tally.done or self._reader.done
        return out + self._end() if self.tally.complete else out

    def fail(self, *, code: str, message: str) -> bytes:
        return self._writer.fail(code=code, message=message)

    def _end(self) -> bytes:
        """Once, and not behind a failure."""
        if self._over:
            return b""
        self._over = True
        return self._writer.end()

    def _written(self, events: list[LLMEvent]) -> bytes:
        out = []
        for event in events:
            if self._over:
                break
            count(self.tally, event)
            if self.tally.content_bytes + self.tally.reasoning_bytes > LONGEST_ANSWER:
                event = TOO_LONG
                count(self.tally, event)
            elif isinstance(event, ToolDelta):
                event = callids.named(event, self._stamp.id)
            out.append(self._writer.write(event))
            self._over = isinstance(event, Failure)
        return b"".join(out)


class Translation:
    """A `Passage` between two formats; `stamp` is what its answer bears. For one dispatch."""

    __slots__ = ("_egress", "_ingress", "_stamp", "headers")

    def __init__(self, ingress: LLMIngress, egress: LLMEgress, stamp: Stamp) -> None:
        self.headers = egress.headers
        self._ingress = ingress
        self._egress = egress
        self._stamp = stamp

    def url(
        self, target: str, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> str:
        if self._egress.knows_calls:
            request = replace(request, session=request.session or self._stamp.id)
        return self._egress.url(target, request, model=model, settings=settings)

    def dialogue(self, body: bytes) -> Dialogue | None:
        return self._egress.dialogue(body)

    def write_request(
        self, request: LLMRequest, *, model: str, settings: Mapping[str, Any]
    ) -> bytes:
        """Raises `InvalidRequest` for what would change the meaning if it were left out."""
        try:
            conversation = self._named(request, self._ingress.read_conversation(request))
            self._check(conversation)
            return self._egress.write_conversation(conversation, model=model, settings=settings)
        except RecursionError:
            raise InvalidRequest("The request is nested too deeply.") from None

    def _named(self, request: LLMRequest, conversation: Conversation) -> Conversation:
        if not self._egress.knows_calls:
            return conversation
        return replace(conversation, session=request.session, own_id=self._stamp.id)

    def _check(self, conversation: Conversation) -> None:
        if conversation.has_images and not self._egress.capabilities.images:
            raise InvalidRequest(f"No picture can be given to a {self._egress.name} endpoint.")

    def relay(self, request: LLMRequest, settings: Mapping[str, Any]) -> LLMRelay:
        writer = self._ingress.writer(request, self._stamp)
        return TranslatingRelay(self._egress, self._egress.reader(settings), writer, self._stamp)

    def is_stream(self, content_type: str, start: bytes) -> bool | None:
        return self._egress.is_stream(content_type, start)

    def read_reply(self, body: bytes) -> LLMTally:
        """An error in place of a reply is a bad response: the caller can still be told with 502."""
        tally = tallied(self._egress.read_answer(body))
        tally.session = self._egress.reply_session(body)
        if tally.failure is not None and not isinstance(tally.failure, Unusable):
            tally.failure = _NO_REPLY
        return tally

    def reply(self, body: bytes, request: LLMRequest) -> bytes:
        events = [
            callids.named(event, self._stamp.id) if isinstance(event, ToolDelta) else event
            for event in self._egress.read_answer(body)
        ]
        if not request.stream:
            return self._ingress.write_answer(gather(events), request, self._stamp)
        writer = self._ingress.writer(request, self._stamp)
        return b"".join([*map(writer.write, events), writer.end()])

    def error(self, status: int, body: bytes) -> bytes | None:
        failure = self._egress.read_error(body)
        code = failure.code or "upstream_error"
        return self._ingress.write_error(status=status, code=code, message=failure.message)
