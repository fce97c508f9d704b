"""docs/deploying.md and the units that it has copied name what is there, and fit the code."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from django.core.management import get_commands

from gateway import server, state
from tests.servers.program import missing

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "deploying.md").read_text()
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
SHIPPING_SECONDS = 5.0  # `Ledger.stop`


def test_every_command_that_is_named_exists() -> None:
    for text in [PAGE, *(unit.read_text() for unit in UNITS)]:
        named = set(re.findall(r"manage\.py ([a-z_]+)", text))
        assert named <= set(get_commands()), named - set(get_commands())


def test_every_unit_is_on_the_page() -> None:
    for unit in UNITS:
        assert unit.name.replace("@", "@8000") in PAGE or unit.name == "patchbay-prune.service"


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    """Read where this tree stands in place of a version, with a user that is there."""
    if shutil.which("systemd-analyze") is None:
        missing("no systemd-analyze (Debian: apt-get install systemd)")
    read = []
    for unit in UNITS:
        here = unit.read_text().replace("/opt/patchbay/current/.venv/bin/python", sys.executable)
        here = here.replace("/opt/patchbay/current", str(ROOT)).replace(
            "User=patchbay", "User=root"
        )
        read.append(tmp_path / unit.name.replace("@", "@8000"))
        read[-1].write_text(here)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *read],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_gateway_has_time_to_drain_before_systemd_kills_it() -> None:
    (unit,) = (each.read_text() for each in UNITS if "gateway" in each.name)
    (given,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    ending = server.LAST_REQUESTS_SECONDS + server.FAREWELL_SECONDS + server.STUCK_SECONDS
    ending += SHIPPING_SECONDS + state.NOTE_USE_LIMIT
    assert float(given) > server.DRAIN_SECONDS + ending
    assert f"`TimeoutStopSec={given}`" in PAGE
    assert f"up to {server.DRAIN_SECONDS:.0f} s" in PAGE
