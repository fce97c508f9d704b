"""`manage.py vault_doctor`: proves that every stored secret opens, and lists those that do not."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from vault import doctor, keys
from vault.keyring import BadKeyring
from vault.startup import VaultRefused, verify


class Command(BaseCommand):
    help = "Opens every encrypted column of every row; exit code 1 when something does not open."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            keys.current_keyring()
        except BadKeyring as error:
            raise VaultRefused(f"VAULT_KEYS is wrong: {error}.") from None
        refusal = _refusal()
        found = doctor.examine()
        if options["json"]:
            self.stdout.write(json.dumps({"refusal": refusal, **asdict(found)}))
        else:
            self._tell(refusal, found)
        if refusal or found.unreadable:
            sys.exit(1)

    def _tell(self, refusal: str, found: doctor.Diagnosis) -> None:
        if refusal:
            self.stdout.write(refusal)
        for each in found.unreadable:
            self.stdout.write(
                f"{each.table}.{each.column} of {each.row} (tenant {each.tenant}): "
                f"{each.reason}; key '{each.key}'"
            )
        self.stdout.write(
            f"{found.values} values and {found.data_keys} data keys examined, "
            f"{len(found.unreadable)} unreadable"
        )


def _refusal() -> str:
    """Why a server would not start with these keys; empty when it would."""
    try:
        verify()
    except VaultRefused as refused:
        return str(refused)
    return ""
