"""What wire formats refuse."""

_SHOWN = 40


class InvalidRequest(ValueError):
    """The caller's request cannot be read; the text says what to change, `param` where."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class StrayMessage(InvalidRequest):
    """No request at all, but a notice that its sender wants acknowledged: 200 with `reply`."""

    reply = b"{}"


def quoted(value: str) -> str:
    """A caller's own word for the text of an error, cut to 40 characters."""
    return repr(value[:_SHOWN])
