"""Vapi's mark inside the text for «speak at once what came before»; for others it is no word."""

import re

_WHITE = r"\s{0,8}"
_MARK = re.compile(rf"<{_WHITE}flush{_WHITE}/?>|<{_WHITE}/{_WHITE}flush{_WHITE}>", re.IGNORECASE)
_BEGUN = re.compile(rf"<{_WHITE}(?:/{_WHITE})?(?:f|fl|flu|flus|flush{_WHITE}/?)?\Z", re.IGNORECASE)
_LONGEST = 40  # characters of a mark that is still coming in


class FlushCutter:
    """Takes the marks out of one text, however it is cut; what may become one is held back."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        if not self._held and "<" not in text:
            return text
        text = _MARK.sub("", self._held + text)
        begun = _BEGUN.search(text, max(0, len(text) - _LONGEST))
        cut = begun.start() if begun else len(text)
        self._held = text[cut:]
        return text[:cut]

    def rest(self) -> str:
        held, self._held = self._held, ""
        return held
