"""OpenAI Chat Completions: what most voice platforms and most LLM servers speak.

The format's own page is docs/formats/openai-chat.md.
"""

from wire.llm.base import LLMFormat, LLMRequest, LLMWriter, Stamp
from wire.openai import conversations, errors, requests
from wire.openai.endpoint import ChatEndpoint
from wire.openai.writer import ChatWriter, write_answer


class OpenAIChat(ChatEndpoint, LLMFormat):
    name = requests.NAME
    label = "OpenAI Chat Completions"
    hosted = "/v1"
    paths = (
        "/chat/completions",
        "/v1/chat/completions",
        "/chat/completions/chat/completions",
        "/v1/chat/completions/chat/completions",
    )
    streaming_paths = ("/chat/completions/stream", "/v1/chat/completions/stream")

    read_request = staticmethod(requests.read_request)
    prompt_bytes = staticmethod(requests.prompt_bytes)
    write_error = staticmethod(errors.write_error)
    write_stream_error = staticmethod(errors.write_stream_error)
    read_conversation = staticmethod(conversations.read_conversation)
    write_answer = staticmethod(write_answer)

    def writer(self, request: LLMRequest, stamp: Stamp) -> LLMWriter:
        return ChatWriter(request, stamp)
