"""The Celery app: which broker, how messages look, what runs by the clock."""

from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings

from config import broker

# Longer than any task runs, or Redis would hand a task that is being done to a second worker.
VISIBILITY_TIMEOUT = 3600


def _broker(redis_url: str, spool: Path) -> dict[str, Any]:
    if not redis_url:
        options = broker.folder_options(spool / "tasks")
        return {"broker_url": broker.URL, "broker_transport_options": options}
    options = {
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "socket_connect_timeout": 2,
        "socket_timeout": 3,
        "global_keyprefix": "patchbay:tasks:",
        # A sender that finds no broker gives up; the reconnecting of the worker is endless.
        "max_retries": 0,
    }
    return {"broker_url": redis_url, "broker_transport_options": options}


app = Celery("patchbay")
app.conf.update(
    **_broker(settings.REDIS_URL, settings.SPOOL_DIR),
    timezone="UTC",
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_default_queue="patchbay",
    # A save must not wait for a broker that is away; the sweeper finds what was not announced.
    task_publish_retry=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    beat_scheduler="celery.beat:Scheduler",
    beat_schedule={
        "validation": {"task": "endpoints.tasks.sweep", "schedule": 30},
        "usage": {"task": "config.tasks.ship_orphans", "schedule": 300},
        "prune": {"task": "config.tasks.prune", "schedule": 3600},
    },
)
app.autodiscover_tasks()
