"""One voice dispatch: an endpoint is asked to speak, and its answer classified.

Used by the gateway and by validation alike. Cancelling any wait closes the connection.
"""

import time
from collections.abc import Awaitable, Callable
from functools import cache, partial

from dispatch.answers import Body, ErrorAnswer, Observer
from dispatch.dialled import converse
from dispatch.endpoint import EndpointSnapshot
from dispatch.failures import DispatchFailed
from dispatch.sending import post
from dispatch.spoken import PassedSound, SoundAnswer, TranslatedSound
from egress.http import Client
from wire.errors import InvalidRequest
from wire.registry import format_named, hosted_format
from wire.voice.base import VoiceCall, VoiceRequest
from wire.voice.passage import UnfitSound, VoicePassage

VoiceAnswer = SoundAnswer | ErrorAnswer


@cache
def passage_between(ingress: str, egress: str) -> VoicePassage:
    """Raises `UnknownFormat`."""
    return VoicePassage(hosted_format("voice", ingress), format_named("voice", egress))


def write_call(
    passage: VoicePassage, request: VoiceRequest, endpoint: EndpointSnapshot
) -> VoiceCall:
    """The request in the endpoint's terms. Large ones are worth a thread.

    Raises `DispatchFailed` for what the endpoint's format has no words for.
    """
    try:
        return passage.write(request, model=endpoint.model, settings=endpoint.settings)
    except InvalidRequest as error:
        raise DispatchFailed("invalid_request", error.message) from error


async def ask(
    client: Client,
    endpoint: EndpointSnapshot,
    passage: VoicePassage,
    request: VoiceRequest,
    call: VoiceCall,
    *,
    hops: int = 1,
    observe: Observer | None = None,
) -> VoiceAnswer:
    """Sends `call` and classifies the answer once enough of it is there to tell sound from text.

    Raises `DispatchFailed`. `hops` and `observe` are of `dispatch.sending`.
    """
    answer = await _send(
        client, endpoint, call, partial(_classify, passage, request, call), hops, observe
    )
    if isinstance(answer, ErrorAnswer):
        answer.translate(passage.error(answer.status, answer.content))
    return answer


async def _send(
    client: Client,
    endpoint: EndpointSnapshot,
    call: VoiceCall,
    classify: Callable[[Body], Awaitable[SoundAnswer]],
    hops: int,
    observe: Observer | None,
) -> VoiceAnswer:
    address = call.aim.at if call.aim else str
    if call.dialogue is not None:
        return await converse(
            client, endpoint, classify, call.dialogue,
            hops=hops, observe=observe, headers=call.headers, address=address,
        )  # fmt: skip
    return await post(
        client, endpoint, classify, call.body,
        accept=call.accept, hops=hops, observe=observe, headers=call.headers, address=address,
    )  # fmt: skip


async def _classify(
    passage: VoicePassage, request: VoiceRequest, call: VoiceCall, body: Body
) -> SoundAnswer:
    start, began, found = b"", 0.0, None
    while found is None:
        data = await body.read()
        began = began or time.perf_counter()
        start += data
        if not start:
            raise body.empty()
        declared = body.response.headers.get("content-type", "")
        found = passage.opening(call.asked, declared, start, whole=not data)
    if isinstance(found, str):
        raise body.bad(f"It answered with {found} where {call.asked.label} was promised.")
    try:
        target = passage.given(found, request)
    except UnfitSound as unfit:
        raise body.bad(str(unfit)) from unfit
    body.unread(start)
    relay = passage.relay(found, request, target)
    kind = passage.content_type(request, target)
    answer = (
        PassedSound(body, found, kind)
        if relay is None
        else TranslatedSound(body, relay, target, kind)
    )
    answer.first_content = began
    return answer
