"""The reference endpoints as programs: started as a tenant starts them, over TLS, with a token.

`without` names what is not installed: no such program is found, no such module can be imported.
"""

import importlib.util
import shutil
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence

from tests.live import ROOT
from tests.servers.program import Program, missing
from tests.speech import Jack
from tests.upstreams.authority import Authority

TOKEN = "examples-only-token"


class ReferenceEndpoint(Program):
    script: str
    url: str

    def __init__(self, authority: Authority, *options: str, without: Sequence[str] = ()) -> None:
        super().__init__()
        self._ca_file = authority.ca_file
        self._options = options
        self._chain, self._key = authority.files(self.folder, "localhost")
        self._env = [f"ENDPOINT_TOKEN={TOKEN}", "PYTHONUNBUFFERED=1"]
        self._leave_out(without)

    def _leave_out(self, without: Sequence[str]) -> None:
        if without:
            self._env += [f"PATH={self.folder}/bin", f"PYTHONPATH={self.folder}"]
            (self.folder / "bin").mkdir()
        for name in without:
            (self.folder / f"{name.replace('-', '_')}.py").write_text("raise ImportError\n")
        if without and "espeak-ng" not in without and (found := shutil.which("espeak-ng")):
            (self.folder / "bin" / "espeak-ng").symlink_to(found)

    def command(self) -> list[str]:
        script = str(ROOT / "examples" / self.script)
        files = ["--cert", self._chain, "--key", self._key]
        python = [sys.executable, script, "--port", str(self.port), *files, *self._options]
        return ["env", *self._env, *python]

    def answers(self) -> bool:
        context = ssl.create_default_context(cafile=self._ca_file)
        address = f"https://localhost:{self.port}/"
        try:
            urllib.request.urlopen(address, timeout=2, context=context).close()
        except urllib.error.HTTPError as refused:
            refused.close()
        except OSError:
            return False
        return True

    @property
    def jack(self) -> Jack:
        return Jack(self.url.format(port=self.port), TOKEN, self._ca_file)

    @property
    def said(self) -> str:
        return (self.folder / "log").read_text()


class ModelEndpoint(ReferenceEndpoint):
    script = "llm_endpoint.py"
    url = "https://localhost:{port}/v1/chat/completions"


class VoiceEndpoint(ReferenceEndpoint):
    script = "voice_endpoint.py"
    url = "https://localhost:{port}/tts"


class TranscriberEndpoint(ReferenceEndpoint):
    script = "transcriber_endpoint.py"
    url = "wss://localhost:{port}/stt"


def need_engines() -> None:
    """Skips the test where the real engines are not; fails it in CI."""
    if shutil.which("espeak-ng") is None:
        missing("espeak-ng is not installed")
    for module in ("soxr", "pocketsphinx"):
        if importlib.util.find_spec(module) is None:
            missing(f"{module} is not installed (requirements/demo.txt)")
