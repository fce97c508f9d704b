"""Calls an agent's hosted URL and prints the words as they come; Python's own library only.

PATCHBAY_KEY=pb_live_… python examples/call_agent.py http://127.0.0.1:8000/a/agt_…/v1 "Hello?"
"""

import http.client
import json
import os
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit


def words(base_url: str, key: str, question: str) -> Iterator[str]:
    """Content deltas in the order they arrive. Raises `SystemExit` with the error's own text."""
    url = urlsplit(base_url)
    secure = url.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(
        url.netloc, timeout=30
    )
    body = {"model": "any", "stream": True, "messages": [{"role": "user", "content": question}]}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", f"{url.path}/chat/completions", json.dumps(body), headers)
    response = connection.getresponse()
    if response.status != 200:
        raise SystemExit(f"{response.status}: {response.read().decode()}")
    for line in response:
        if line.startswith(b"data: {"):
            data = json.loads(line[6:])
            if "error" in data:
                raise SystemExit(f"the stream failed: {data['error']['message']}")
            for choice in data["choices"]:
                yield choice["delta"].get("content") or ""
    connection.close()


if __name__ == "__main__":
    if len(sys.argv) != 3 or "PATCHBAY_KEY" not in os.environ:
        raise SystemExit(__doc__)
    for word in words(sys.argv[1], os.environ["PATCHBAY_KEY"], sys.argv[2]):
        print(word, end="", flush=True)
    print()
