"""The suite's own settings."""

import os
import subprocess
import sys
from pathlib import Path

from tests.live import ROOT


def test_a_run_leaves_no_folder_behind(tmp_path: Path) -> None:
    use = "from tests import settings; open(f'{settings._SCRATCH}/kept', 'w').close()"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": f"{ROOT}/platform"}
    subprocess.run([sys.executable, "-c", use], cwd=ROOT, env=environment, timeout=30, check=True)
    assert list(tmp_path.iterdir()) == []
