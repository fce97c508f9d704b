"""The transcriber road: one WebSocket at a hosted URL becomes one dispatch, or one for each channel
that its caller wants heard where the endpoint is given one at a time.
"""

from dispatch.endpoint import EndpointSnapshot
from dispatch.transcriber import Passage, passages_between
from gateway.companions import hear_together
from gateway.errors import Refused
from gateway.exchange import Exchange
from gateway.hearing import Hearing
from gateway.session import query_of
from wire.errors import InvalidRequest


async def dispatch(exchange: Exchange) -> None:
    """Steps 1 to 7 of a dispatch (docs/architecture.md). Raises `Refused`."""
    caller, endpoint = await exchange.identify()
    hops = exchange.count_hops()
    with exchange.gateway.admission.enter(caller.tenant_id, caller.plan):
        first, *others = _passages(exchange, endpoint)
        hearing = Hearing(exchange, caller, endpoint, first, hops)
        await (hear_together(hearing, others) if others else hearing.run())


def _passages(exchange: Exchange, endpoint: EndpointSnapshot) -> list[Passage]:
    """One for each channel. Raises `Refused` for a query that cannot be read."""
    try:
        return passages_between(exchange.road.wire_format, endpoint, query_of(exchange))
    except InvalidRequest as error:
        raise Refused("invalid_request", error.message, param=error.param) from error
