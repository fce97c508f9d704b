"""Logs: one JSON object a line, redacted, on the standard output of a process that serves.

Other commands log to the standard error, since their output may be read by a program.
"""

import contextlib
import json
import logging
import re
import sys
import threading
from types import TracebackType
from typing import Any

import structlog
from django.views.debug import SafeExceptionReporterFilter

from gateway.strangers import FewLines
from vault.redaction import MASK, RedactionFilter, redact, redact_event

_PROCESSES = {"serve", "worker"}
_TIMESTAMP = structlog.processors.TimeStamper(fmt="iso", utc=True)


class LineHandler(logging.StreamHandler[Any]):
    """Writes records to a stream; one that cannot be written is reported without its content.

    It never raises: a full disk must not take the calls down with the log.
    """

    def handleError(self, record: logging.LogRecord) -> None:
        line = f'{{"level":"error","event":"a log record of {record.name} was lost"}}\n'
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(line)


def _take_exception(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """The exception's text, which the redaction filter has made."""
    text = event["_record"].exc_text
    if text:
        event["exception"] = text
    return event


def _line(event: dict[str, Any], **options: Any) -> str:
    return json.dumps(event, default=lambda value: redact(repr(value)))


def _formatter() -> dict[str, Any]:
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [
            _take_exception,
            structlog.stdlib.ExtraAdder(),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            _TIMESTAMP,
        ],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(serializer=_line),
        ],
    }


def configuration(argv: list[str]) -> dict[str, Any]:
    """Django's `LOGGING` for the process that was started with these arguments."""
    stream = "ext://sys.stdout" if argv[1:2] and argv[1] in _PROCESSES else "ext://sys.stderr"
    up = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"few": {"()": FewLines}, "redact": {"()": RedactionFilter}},
        "formatters": {"line": _formatter()},
        "handlers": {
            "line": {
                "()": LineHandler,
                "stream": stream,
                "formatter": "line",
                "filters": ["few", "redact"],
            }
        },
        "root": {"handlers": ["line"], "level": "INFO"},
        "loggers": {
            **{name: {**up, "level": "INFO"} for name in ("django", "django.server", "celery")},
            **{name: {**up, "level": "INFO"} for name in ("uvicorn", "uvicorn.error")},
            **{name: {**up, "level": "WARNING"} for name in ("uvicorn.access", "asyncio")},
        },
    }


def configure_structlog() -> None:
    """structlog's loggers end in the standard library's, so that one handler writes everything."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            _TIMESTAMP,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            redact_event,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def log_uncaught() -> None:
    """What nobody catches goes through the redacted log instead of bare to the standard error."""
    log = logging.getLogger("patchbay")

    def in_process(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("uncaught exception", exc_info=(kind, error, trace))

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            in_process(args.exc_type, args.exc_value, args.exc_traceback)

    def unraisable(args: Any) -> None:
        in_process(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = in_process
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable


class ReportFilter(SafeExceptionReporterFilter):
    """Django's error reports without settings, headers, form values or locals worth hiding."""

    cleansed_substitute = MASK
    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern
        + "|VAULT|DATABASE|REDIS|BROKER|COOKIE|QUERY_STRING|X_VAPI|XI_API",
        re.IGNORECASE,
    )

    def is_active(self, request: Any) -> bool:
        return True

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        cleansed = super().cleanse_setting(key, value)
        return redact(cleansed) if isinstance(cleansed, str) else cleansed

    def get_post_parameters(self, request: Any) -> Any:
        return dict.fromkeys(getattr(request, "POST", ()), MASK)

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> Any:
        return [(name, MASK) for name in tb_frame.f_locals]
