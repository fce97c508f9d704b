"""The answer to `GET /v1/models`."""

import json
from collections.abc import Iterable


def write_models(names: Iterable[str]) -> bytes:
    """A model list; SDKs want a date, and Patchbay knows none."""
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "tenant"} for name in names]
    return json.dumps({"object": "list", "data": data}, separators=(",", ":")).encode()
