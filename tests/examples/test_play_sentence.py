"""What `play_sentence.py` says where there is nobody to play to."""

import subprocess
import sys

from tests.examples.programs import TranscriberEndpoint
from tests.live import ROOT
from tests.servers.program import free_port
from tests.upstreams.authority import Authority


def play(url: str) -> str:
    """What it says as it fails."""
    command = [sys.executable, "examples/play_sentence.py", url]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    return done.stderr


def test_a_certificate_that_is_not_trusted_is_told_in_a_line(authority: Authority) -> None:
    endpoint = TranscriberEndpoint(authority, without=("pocketsphinx",))
    endpoint.start()
    try:
        said = play(endpoint.jack.url)
    finally:
        endpoint.close()
    assert said.startswith("not trusted: unable to get local issuer certificate. SSL_CERT_FILE=")
    assert said.count("\n") == 1


def test_an_endpoint_that_is_not_there_is_told_in_a_line() -> None:
    said = play(f"ws://127.0.0.1:{free_port()}/stt")
    assert said.startswith("not connected: ")
    assert said.count("\n") == 1
