"""The ASGI application: hosted URLs and health go to the gateway, all else to Django."""

import os
from collections.abc import Awaitable

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path, re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_django = get_asgi_application()

# What follows imports models, so the application registry must be full by now.
from config.bodies import BoundedBodies  # noqa: E402
from config.forwarded import Forwarded  # noqa: E402
from config.work import BoundedWork  # noqa: E402
from gateway.asgi import Receive, Scope, Send  # noqa: E402
from gateway.consumers import HostedSockets, HostedUrls  # noqa: E402
from gateway.health import Health  # noqa: E402
from gateway.lifespan import Lifespan  # noqa: E402
from gateway.state import new_gateway  # noqa: E402

gateway = new_gateway()
_health = Health.as_asgi(gateway=gateway)
_control = BoundedBodies(BoundedWork(_django))
_hosted = HostedUrls(gateway)
_router = ProtocolTypeRouter(
    {
        "http": URLRouter(
            [
                path("healthz", _health),
                path("readyz", _health),
                path("metrics", _health),
                re_path(r"", _control),  # type: ignore[arg-type] # Channels routes to ASGI
            ]
        ),
        "websocket": HostedSockets.as_asgi(gateway=gateway),
        "lifespan": Lifespan(gateway),
    }
)


def _route(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
    """Calls pass the routers by, which take longer than all that a call's own routing takes."""
    if scope["type"] == "http" and scope["path"].lstrip("/").startswith("a/"):
        return _hosted(scope, receive, send)
    return _router(scope, receive, send)  # type: ignore[no-any-return] # channels has no types


_forwarded = Forwarded(_route, os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1"))


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Servers look whether it is a coroutine function."""
    await _forwarded(scope, receive, send)
