"""Writes the `.env` of a first start: fresh secrets, and what the demo on this machine needs.

It runs before Django, since Django's settings read what it writes. An `.env` that is there already
is never touched.
"""

import base64
import os
import secrets
import sys
from datetime import UTC, datetime

from config.env import ROOT

DOTENV = ROOT / ".env"
DEMO_DIR = ROOT / "var" / "demo"


def written() -> str:
    """The file's text, with secrets made anew at each call."""
    vault_key = base64.b64encode(secrets.token_bytes(32)).decode()
    return f"""\
# Made by `make run` on {datetime.now(UTC):%Y-%m-%d}. Keep this file: without VAULT_KEYS no stored
# secret can ever be read again. Every variable is explained in docs/operations.md.
SECRET_KEY={secrets.token_urlsafe(48)}
VAULT_KEYS=k{datetime.now(UTC):%Y%m%d}:{vault_key}

# Only for the demo, whose endpoint lives on this machine. Remove both lines when you deploy.
EGRESS_ALLOW_CIDRS=127.0.0.0/8
EGRESS_CA_FILE={DEMO_DIR}/ca.pem
"""


def main() -> None:
    try:
        handle = os.open(DOTENV, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(written())
    sys.stdout.write("Wrote .env with fresh secrets.\n")


if __name__ == "__main__":
    main()
