"""What the examples that tenants copy say to somebody who does not know what they want."""

import subprocess
import sys

import pytest

from tests.live import ROOT


@pytest.mark.parametrize("name", ["call_agent.py", "speak_and_listen.py"])
def test_an_example_without_its_arguments_says_how_it_is_called(name: str) -> None:
    done = subprocess.run(
        [sys.executable, f"examples/{name}", "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert f"PATCHBAY_KEY=pb_live_… python examples/{name} http://" in done.stderr
    assert "Traceback" not in done.stderr
