"""Makes an API key for a tenant that exists."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import keys, services
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Make an API key; it is printed this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="the tenant's id (ten_…)")
        parser.add_argument("--name", default="From the command line", help="what it is for")
        parser.add_argument(
            "--scope",
            action="append",
            choices=list(keys.SCOPES),
            help="may be given again; all, or with --agent those of hosted URLs, when left out",
        )
        parser.add_argument("--agent", default="", help="the one agent it may call")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(pk=options["tenant"]).first()
        if tenant is None:
            raise CommandError("There is no such tenant.")
        every = [each for each in keys.SCOPES if not options["agent"] or each in keys.HOSTED_SCOPES]
        try:
            row, text = services.api_key_create(
                tenant=tenant,
                name=options["name"],
                scopes=options["scope"] or every,
                agent_id=options["agent"],
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        made = {"api_key": text.reveal(), "api_key_id": row.id, "scopes": row.scopes}
        self.stdout.write(json.dumps(made) if options["json"] else text.reveal())
