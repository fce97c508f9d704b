"""Every log line of a process is one JSON object without secrets, whoever logs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from config.logging import ReportFilter

ROOT = Path(__file__).resolve().parents[2]
CANARY = "Canary0123456789abcdef"
PROGRAM = f"""
import asyncio, logging, sys, threading, warnings
sys.argv = ["manage.py", "serve"]
import django
django.setup()
import structlog
from config.logging import log_uncaught
from vault.secret import Secret
log_uncaught()
Secret("opaque words kept secret")
for name in "django.request django.server uvicorn.error celery.app asyncio any.other".split():
    logging.getLogger(name).error("Bearer %s", "{CANARY}", extra={{"authorization": "{CANARY}"}})
log = structlog.get_logger("shop")
structlog.contextvars.bind_contextvars(tenant="ten_1")
log.info("constant", token="{CANARY}", said="opaque words kept secret", count=3)
try:
    raise ValueError("Bearer {CANARY}")
except ValueError:
    log.exception("failed here")
    logging.getLogger("std").exception("failed there")
logging.getLogger("odd").error("bad %d", "pb_live_{CANARY}", extra={{"what": object()}})
logging.getLogger("uvicorn.access").info("GET /?token={CANARY}")
thread = threading.Thread(target=lambda: 1 / len("{CANARY}"[:0]))
thread.start(); thread.join()
async def main():
    asyncio.get_running_loop().call_exception_handler({{"message": "lost pb_live_{CANARY}"}})
asyncio.run(main())
raise RuntimeError("pb_live_{CANARY}")
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_lines_of_every_logger_are_json_and_hold_no_secret() -> None:
    done = run(PROGRAM)
    assert "Canary" not in done.stdout + done.stderr
    assert "opaque words" not in done.stdout + done.stderr
    assert done.stderr == ""
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    by_logger = {line["logger"]: line for line in lines}
    for name in ("django.request", "django.server", "uvicorn.error", "celery.app", "any.other"):
        assert by_logger[name]["event"] == "Bearer ***"
        assert by_logger[name]["authorization"] == "***"
    assert "uvicorn.access" not in by_logger
    shop = next(line for line in lines if line["event"] == "constant")
    assert (shop["tenant"], shop["token"], shop["said"], shop["count"]) == (
        "ten_1", "***", "***", 3,
    )  # fmt: skip
    assert {"timestamp", "level"} <= set(shop)
    for event in ("failed here", "failed there"):
        line = next(line for line in lines if line["event"] == event)
        assert "ValueError: Bearer ***" in line["exception"]
    uncaught = [line["exception"] for line in lines if line["event"] == "uncaught exception"]
    assert "ZeroDivisionError" in uncaught[0]
    assert "RuntimeError: pb_live_***" in uncaught[1]


def test_a_command_that_answers_on_its_output_logs_to_the_error_stream() -> None:
    done = run(
        "import sys; sys.argv = ['manage.py', 'tenant_create']\n"
        "import django, logging; django.setup(); logging.getLogger('x').error('y'); print('{}')"
    )
    assert done.stdout == "{}\n"
    assert json.loads(done.stderr)["event"] == "y"


def test_error_reports_of_django_show_no_secret() -> None:
    request = RequestFactory().post(
        f"/x?token={CANARY}",
        {"secret": CANARY},
        HTTP_AUTHORIZATION=f"Bearer {CANARY}",
        HTTP_X_VAPI_SECRET=CANARY,
        HTTP_X_API_KEY=CANARY,
        HTTP_COOKIE=f"sessionid={CANARY}",
    )
    request.exception_reporter_filter = ReportFilter()  # type: ignore[attr-defined]
    try:
        local = CANARY
        raise ValueError(len(local))
    except ValueError:
        reporter = ExceptionReporter(request, *sys.exc_info())
    reporter.get_traceback_data()
    data = reporter.get_traceback_data()
    shown = repr([frame["vars"] for frame in data["frames"]]) + repr(data["filtered_POST_items"])
    shown += (
        repr(data["request_meta"]) + repr(data["settings"]) + repr(data["request_COOKIES_items"])
    )
    assert "Canary" not in shown
    assert "MDEyMzQ1Njc4OWFi" not in shown
