"""`manage.py serve`: the gateway and the control plane on one port."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.start import ready_to_serve


class Command(BaseCommand):
    help = "Serves hosted URLs, REST API and admin until SIGTERM or Ctrl-C, then drains."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="instead of HOST (%(default)s)")
        parser.add_argument(
            "--port", type=int, default=settings.PORT, help="instead of PORT (%(default)s)"
        )
        parser.add_argument(
            "--drain-seconds",
            type=float,
            default=60.0,
            help="how long streams that run at SIGTERM may go on (%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        ready_to_serve()
        from gateway.server import give_memory_back, raise_file_limit, serve

        give_memory_back()
        raise_file_limit()  # before the gateway is made: its limits follow from it
        from config.asgi import application, gateway

        serve(application, gateway, options["host"], options["port"], options["drain_seconds"])
