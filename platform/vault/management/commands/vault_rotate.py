"""`manage.py vault_rotate`: to the first master key of VAULT_KEYS, or to new data keys, online."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from vault import rotation
from vault.startup import verify


class Command(BaseCommand):
    help = (
        "Re-wraps all data keys with the first master key of VAULT_KEYS, beside running traffic. "
        "A run that was cut short is finished by the next one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--data-keys",
            action="store_true",
            help="also give every tenant a new data key and seal every stored secret anew",
        )
        parser.add_argument(
            "--drop-retired",
            action="store_true",
            help="also delete data keys retired for 24 hours or more that no secret needs",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verify()
        tallies = [rotation.rewrap(self._progress)]
        if options["data_keys"]:
            rotation.renew(self._progress)
        tallies.append(rotation.reseal(self._progress))
        if options["data_keys"]:
            rotation.finish()
        if options["drop_retired"]:
            self._progress(f"retired data keys deleted: {rotation.drop_retired()}")
        failed = {name: why for tally in tallies for name, why in tally.failed.items()}
        self.stdout.write(f"done: {tallies[0].done} data keys moved, {tallies[1].done} values")
        if failed:
            lines = [f"{name}: {why}" for name, why in failed.items()]
            raise CommandError("\n".join(["these could not be rotated:", *lines]))

    def _progress(self, line: str) -> None:
        self.stdout.write(line)
