"""A clone of this tree, and ports for what runs in it."""

import shutil
import subprocess
from pathlib import Path

from config.env import ROOT
from tests.servers.program import free_port


def clone_into(folder: Path) -> None:
    """The tracked and new files of this tree, as a clone has them."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def port_with_free_partners() -> int:
    """The demo's endpoints listen 443 to 445 above the gateway."""
    return free_port(443, 444, 445)
