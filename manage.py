#!/usr/bin/env python3
"""Django's command line, with the source root `platform/` on the import path."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> None:
    if sys.argv[1:2] != ["collectstatic"]:  # what that writes is public
        os.umask(0o077)  # session keys and logs are nobody else's on this machine
    sys.path.insert(0, str(ROOT / "platform"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.database import missed

    with missed(migrating=sys.argv[1:2] == ["migrate"]):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
