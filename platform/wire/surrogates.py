"""Emoji that arrive in halves: servers on JavaScript cut text between UTF-16 units."""


class HalfEmoji:
    """Joins the halves over several pieces of one text; a half alone becomes U+FFFD."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        if not self._half and text.isascii():
            return text
        text = self._half + text
        self._half = text[-1] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return _mended(text[: len(text) - len(self._half)])

    def close(self) -> str:
        half, self._half = self._half, ""
        return _mended(half)


def _mended(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
