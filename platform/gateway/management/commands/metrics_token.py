"""`manage.py metrics_token`: what a Prometheus must send to read `/metrics`."""

from typing import Any

from django.core.management.base import BaseCommand

from gateway.health import metrics_token


class Command(BaseCommand):
    help = "Print the bearer token of /metrics; it follows from SECRET_KEY."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(metrics_token())
