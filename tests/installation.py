"""Real processes of ours on a database of their own."""

import os
import subprocess
import sys
from pathlib import Path

from config.env import ROOT


class Installation:
    """Started with whatever master keys the test says."""

    def __init__(self, url: str, folder: Path) -> None:
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": url,
            "SPOOL_DIR": str(folder / "spool"),
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
            "PYTHONUNBUFFERED": "1",
        }

    def start(self, vault_keys: str, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *command],
            env={**self._environment, "VAULT_KEYS": vault_keys},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def run(self, vault_keys: str, *command: str) -> str:
        process = self.start(vault_keys, *command)
        out, err = process.communicate(timeout=200)
        assert process.returncode == 0, out + err
        return out

    def program(self, text: str, *args: str) -> tuple[str, ...]:
        return ("-c", f"import django\ndjango.setup()\n{text}", *args)
