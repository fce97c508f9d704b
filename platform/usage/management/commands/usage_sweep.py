"""Ships the spools of processes that live no more, where no gateway runs to do it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from usage.recovery import sweep
from usage.sink import SinkDown


class Command(BaseCommand):
    help = "Ship what dead gateways left in SPOOL_DIR; a running gateway does so by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            swept = sweep(settings.SPOOL_DIR)
        except SinkDown as error:
            raise CommandError(f"The database does not take usage now: {error}") from error
        self.stdout.write(
            f"{swept.folders} spools, {swept.shipped} events of which {swept.lost} were left open,"
            f" {swept.rejected} rejected"
        )
