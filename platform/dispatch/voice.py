"""One voice dispatch: an endpoint is asked to speak, and its answer classified.

Used by the gateway and by validation alike. Cancelling any wait closes the connection.
"""

import time
from functools import partial

from dispatch.answers import Body, ErrorAnswer, FlowingAnswer, Observer, Outlet, media_type
from dispatch.endpoint import EndpointSnapshot
from dispatch.sending import post
from egress.http import Client
from wire import pcm
from wire.voice.base import VoiceFormat, VoiceRequest

_ACCEPT = "application/octet-stream, */*;q=0.1"


class PcmAnswer(FlowingAnswer):
    """Sound, its very bytes."""

    __slots__ = ("_outlet",)

    def __init__(self, body: Body) -> None:
        super().__init__(body)
        self._outlet: Outlet | None = None

    async def read(self, outlet: Outlet | None = None) -> bytes:
        """By the outlet goes all that comes while it is ready."""
        self._outlet = outlet
        return await self.body.read(None if outlet is None else self._pass_on)

    def _pass_on(self, data: bytes) -> bool:
        outlet = self._outlet
        if outlet is None or not outlet.ready():
            return False
        outlet.put(data)
        return True


VoiceAnswer = PcmAnswer | ErrorAnswer


def write_body(
    wire_format: VoiceFormat, request: VoiceRequest, endpoint: EndpointSnapshot
) -> bytes:
    """The request in the endpoint's terms. Large ones are worth a thread."""
    return wire_format.write_request(request, model=endpoint.model, settings=endpoint.settings)


async def ask(
    client: Client,
    endpoint: EndpointSnapshot,
    wire_format: VoiceFormat,
    body: bytes,
    *,
    hops: int = 1,
    observe: Observer | None = None,
) -> VoiceAnswer:
    """Sends `body` and classifies the answer once enough of it is there to tell sound from text.

    Raises `DispatchFailed`. `hops` and `observe` are of `dispatch.sending`.
    """
    return await post(
        client,
        endpoint,
        partial(_classify, wire_format),
        body,
        accept=_ACCEPT,
        hops=hops,
        observe=observe,
    )


async def _classify(wire_format: VoiceFormat, body: Body) -> PcmAnswer:
    declared = media_type(body.response.headers)
    start, began, kind = b"", 0.0, None
    while kind is None:
        data = await body.read()
        began = began or time.perf_counter()
        start += data
        if not start:
            raise body.empty()
        kind = wire_format.what_is(declared, start, whole=not data)
    if kind != pcm.PCM:
        raise body.bad(f"It answered with {kind} where raw PCM was promised.")
    body.unread(start)
    answer = PcmAnswer(body)
    answer.first_content = began
    return answer
