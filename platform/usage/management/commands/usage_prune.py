"""Deletes usage that is older than is kept."""

import re
from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from usage.retention import prune


def _days(text: str) -> timedelta:
    match = re.fullmatch(r"([1-9][0-9]{0,4})d", text, re.ASCII)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is no number of days such as 90d")
    return timedelta(days=int(match[1]))


class Command(BaseCommand):
    help = "Delete events and calls that ended longer ago than this; run it daily."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than", type=_days, required=True, metavar="90d", help="in days"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        deleted = prune(timezone.now() - options["older_than"])
        self.stdout.write(f"{deleted} rows deleted")
