"""Waits until a Patchbay answers that it is ready; for scripts and health checks.

    python examples/wait_until_ready.py http://127.0.0.1:8000 [https://localhost:8445/stt …]

Further URLs are waited for until they answer at all, be it with a refusal.
"""

import ssl
import sys
import time
import urllib.error
import urllib.request

SECONDS = 30.0


def ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as response:
            return response.status == 200
    except OSError:  # refused, timed out, or a status that is not 200
        return False


def answers(url: str) -> bool:
    """Nothing is sent that a stranger may not read, so the certificate does not matter."""
    context = ssl._create_unverified_context()
    try:
        urllib.request.urlopen(url, timeout=2, context=context).close()
    except urllib.error.HTTPError as refused:
        refused.close()
    except OSError:
        return False
    return True


def main() -> None:
    url, others = sys.argv[1].rstrip("/"), sys.argv[2:]
    deadline = time.monotonic() + SECONDS
    while not (ready(url) and all(map(answers, others))):
        if time.monotonic() > deadline:
            raise SystemExit(f"{' and '.join([url, *others])} were not ready in {SECONDS:g} s")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
