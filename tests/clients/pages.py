"""Lines that the docs' pages give to copy, to be run as they stand."""

import re
from pathlib import Path

FORMATS = Path(__file__).resolve().parents[2] / "docs" / "formats"
AGENT = "patchbay.example.com/a/agt_…"


def lines(page: str, package: str, base_url: str, key: str) -> str:
    """The page's block of Python that imports from this package, with this agent and key in it.

    Hosted URLs of tests have no TLS.
    """
    blocks = re.findall(r"```python\n(.*?)```", (FORMATS / f"{page}.md").read_text(), re.DOTALL)
    (code,) = (block for block in blocks if block.startswith(f"from {package}"))
    plain = code.replace(AGENT, base_url.split("://", 1)[1]).replace("pb_live_…", key)
    return plain.replace("https://", "http://").replace("wss://", "ws://")
