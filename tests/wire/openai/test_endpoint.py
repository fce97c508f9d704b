"""The endpoint's side of Chat Completions."""

import json

from tests.wire.corpus import meaning
from wire.events import Failure, Usage
from wire.llm.base import LLMRequest
from wire.openai.endpoint import ChatEndpoint
from wire.openai.requests import read_request

ENDPOINT = ChatEndpoint()
ASKED = read_request(b'{"messages":[],"stream":true}')
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1}}\n\n'
TEXT = b'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'
WHOLE = b'{"id":"c","choices":[{"message":{"content":"Hi"}}],"usage":{"prompt_tokens":9}}'


def relayed(request: LLMRequest, **settings: bool) -> bytes:
    relay = ENDPOINT.relay(request, settings)
    return relay.feed(TEXT + USAGE) + relay.close()


def test_bytes_pass_but_for_the_usage_that_nobody_asked_for() -> None:
    assert relayed(ASKED) == TEXT
    assert relayed(ASKED, include_usage=False) == TEXT + USAGE


def test_request_and_whole_answers_are_openais() -> None:
    sent = json.loads(ENDPOINT.write_request(ASKED, model="m", settings={}))
    assert sent["stream_options"] == {"include_usage": True}
    assert ENDPOINT.read_reply(WHOLE).usage == Usage(9, 0)
    assert meaning.texts(ENDPOINT.read_answer(WHOLE)) == {"0": "Hi"}
    assert ENDPOINT.reply_as_stream(WHOLE, ASKED).endswith(b"data: [DONE]\n\n")
    assert ENDPOINT.read_error(b'{"error":{"message":"m","code":"c"}}') == Failure("m", "c")


def test_stream_is_read_into_events() -> None:
    reader = ENDPOINT.reader({})
    assert meaning.texts(reader.feed(TEXT)) == {"0": "Hi"}
    assert ENDPOINT.shape == "openai-chat"
