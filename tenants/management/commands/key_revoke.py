"""Revokes an API key: by its id, or by its text when it has leaked."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from tenants import keys, services
from tenants.models import ApiKey


class Command(BaseCommand):
    help = "Revoke an API key at once; gateways stop taking it within a second."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", help="a key's id (key_…), or the text of a leaked one")

    def handle(self, *args: Any, **options: Any) -> None:
        given = options["key"]
        row = (
            ApiKey.objects.select_related("tenant")
            .filter(Q(pk=given) | Q(digest=keys.digest(given)))
            .first()
        )
        if row is None:
            raise CommandError("There is no such key.")
        services.api_key_revoke(tenant=row.tenant, key=row)
        self.stdout.write(f"{row.id} of {row.tenant_id} is revoked")
