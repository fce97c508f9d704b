"""What must not be read in a log is blotted out: by its shape, by its name, or because it is known.

Three nets: patterns (keys, bearer tokens, URL queries and user parts), names of fields
(`authorization`, `token`, …), and the registry of texts that this process has handled as secrets.
"""

import logging
import re
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

from vault.registry import KNOWN
from vault.secret import Secret

MASK = "***"
LONGEST = 32_768
"""Characters of a text that are kept; a secret cut in two at the end is dropped with the rest."""
_SPARE = 4_096
_DEEPEST = 6

_NAMES = (
    r"(?:authorization|cookie|password|passwd|secrets?|token|api[-_]?key|access[-_]?key|"
    r"private[-_]?key|signature|credentials?)"
)
_NAME = re.compile(rf"(?i).{{0,100}}{_NAMES}")

# A field in running text: the end of its name, perhaps quoted, a separator, and a value that is
# quoted (then up to the same quote, or the end of the text) or runs to the next delimiter.
_FIELD = re.compile(
    rf"""(?isx) (?P<head> {_NAMES} \\*['"]? \s* (?:=|:|,\s?(?=b?\\*['"])) \s* b? )
    (?: (?P<open> \\*['"] ) (?: (?!(?P=open)) (?: \\. | [^\\] ) )* (?P=open)?
      | (?: (?:bearer|token|basic|digest) \s+ )? [^\s,;&'"<>()\[\]{{}}]+ )"""
)
# Each of these takes time in proportion to the text: none can start inside its own match.
_PATTERNS = (
    (re.compile(r"\bpb_([a-z]+)_[0-9A-Za-z_-]{4,}"), r"pb_\1_" + MASK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{4,}"), r"\1 " + MASK),
    (re.compile(r"(?<=/t/)[^/\s?#'\"<>]+"), MASK),
    (re.compile(r"(?<=\S)\?[^\s'\"<>]+"), "?" + MASK),
    (re.compile(r"(?<=://)[^\s/@'\"<>]+@"), MASK + "@"),
    (re.compile(r"\b(?:sk|rk|pk|xox[abp]|gh[pousr])[-_][0-9A-Za-z_-]{16,}"), MASK),
    (re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), MASK),
)


def redact(text: str) -> str:
    """`text`, at most `LONGEST` characters of it, without what must not be read."""
    whole = len(text) <= LONGEST
    if not whole:
        text = text[: LONGEST + _SPARE]
    text = KNOWN.blot(text, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    text = _FIELD.sub(_without_value, text)
    return text if whole else text[:-_SPARE][:LONGEST] + "… (cut)"


def _without_value(found: re.Match[str]) -> str:
    quote = found["open"] or ""
    return f"{found['head']}{quote}{MASK}{quote}"


def redact_value(value: Any, depth: int = 0) -> Any:
    """A log value with every text in it redacted; what is no plain value becomes its `repr`."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return {_text(name): _named(name, each, depth) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
        return [redact_value(each, depth + 1) for each in value]
    return redact(_text(value))


def _named(name: Any, value: Any, depth: int) -> Any:
    if value and not isinstance(value, bool | int | float) and _NAME.fullmatch(_text(name)):
        return str(value) if isinstance(value, Secret) else MASK
    return redact_value(value, depth + 1)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    try:
        return str(value) if isinstance(value, Secret | BaseException) else repr(value)
    except Exception as error:
        return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"


def redact_event(logger: Any, method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """structlog processor: redacts every value; exceptions and stacks are texts by then."""
    return {name: _named(name, value, 0) for name, value in event.items()}


class RedactionFilter(logging.Filter):
    """Redacts a record's message, arguments, extra fields, exception and stack, in place.

    It lets every record through. It stands on handlers, since filters of a logger do not see what
    comes up from the loggers below it.
    """

    _PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "_logger", "_name"}

    def filter(self, record: logging.LogRecord) -> bool:
        if not (isinstance(record.msg, dict) and hasattr(record, "_name")):
            # The exception is structlog's event, which `redact_event` has treated.
            record.msg, record.args = redact(_message(record)), ()
        for name in vars(record).keys() - self._PLAIN:
            setattr(record, name, _named(name, getattr(record, name), 0))
        if record.exc_info:
            record.exc_text = redact(_exception_text(record.exc_info))
            record.exc_info = None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # arguments that do not fit, or whose `str` raises
        return f"{record.msg} {_text(record.args)}"


def _exception_text(exc_info: Any) -> str:
    return "".join(traceback.format_exception(*exc_info)).rstrip()
