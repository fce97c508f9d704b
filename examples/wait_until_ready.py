"""Waits until a Patchbay answers that it is ready; for scripts and health checks.

python examples/wait_until_ready.py http://127.0.0.1:8000 [seconds]
"""

import sys
import time
import urllib.error
import urllib.request


def ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as response:
            return response.status == 200
    except OSError:  # refused, timed out, or a status that is not 200
        return False


def main() -> None:
    url, seconds = sys.argv[1].rstrip("/"), float((sys.argv[2:] or ["30"])[0])
    deadline = time.monotonic() + seconds
    while not ready(url):
        if time.monotonic() > deadline:
            raise SystemExit(f"{url}/readyz did not answer 200 within {seconds:g} s")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
