"""Server-sent events as the standard's own algorithm reads them: an oracle for the tests."""

import re


def dispatched(stream: bytes) -> list[bytes]:
    """The data of each event that the standard's own algorithm dispatches."""
    events: list[bytes] = []
    data: list[bytes] = []
    *lines, unfinished = re.split(rb"\r\n|\r|\n", stream)
    for line in [*lines, unfinished, b""]:
        if not line:
            events += [b"\n".join(data)] if data else []
            data = []
        elif line.partition(b":")[0] == b"data":
            data.append(line.partition(b":")[2].removeprefix(b" "))
    return events
