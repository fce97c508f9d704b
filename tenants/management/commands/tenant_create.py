"""Makes a tenant with its first API key, and its owner if one is named."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from tenants import keys, services
from tenants.models import Role
from tenants.plans import PLANS


class Command(BaseCommand):
    help = "Make a tenant and its first API key; the key is printed this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the tenant is called")
        parser.add_argument(
            "--plan", default="free", choices=list(PLANS), help="free has no custom endpoints"
        )
        parser.add_argument("--owner-email", help="a person who may sign in as its owner")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = _make(options["name"], options["plan"], options["owner_email"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if options["json"]:
            self.stdout.write(json.dumps(made))
            return
        for name, value in made.items():
            self.stdout.write(f"{name.replace('_', ' '):<15} {value or '(as before)'}")


@transaction.atomic
def _make(name: str, plan: str, owner_email: str | None) -> dict[str, str | None]:
    tenant = services.tenant_create(name=name, plan=plan)
    key, text = services.api_key_create(tenant=tenant, name="First key", scopes=list(keys.SCOPES))
    made: dict[str, str | None] = {
        "tenant": tenant.id,
        "name": tenant.name,
        "plan": plan,
        "api_key": text.reveal(),
        "api_key_id": key.id,
    }
    if owner_email:
        _, password = services.member_add(
            tenant=tenant, email=owner_email, role=Role.OWNER, by_operator=True
        )
        made |= {
            "owner_email": owner_email.strip().lower(),
            "owner_password": password.reveal() if password else None,
        }
    return made
