"""Runs the tasks: validation of endpoints, and what goes by the clock."""

import sys
import warnings
from argparse import ArgumentParser
from threading import Thread
from typing import Any

from celery import signals
from celery.beat import Service
from celery.exceptions import SecurityWarning
from django.core.management.base import BaseCommand

from config.celery import app
from config.start import ready_to_serve
from endpoints.tasks import sweep
from endpoints.validation import stopping
from endpoints.validation.places import THREADS, places


def _leave_logging_alone(**kwargs: Any) -> None:
    """Django has set logging up; with a receiver here Celery does not do it over again."""


def _release_runs(**kwargs: Any) -> None:
    stopping.set()


def _sweep_at_once(**kwargs: Any) -> None:
    """What a killed worker left is taken up now, not half a minute later."""
    sweep.delay()


class Command(BaseCommand):
    help = "Run the task worker, with the clock that starts periodic tasks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--concurrency", type=int, default=THREADS, help="tasks done at a time (%(default)s)"
        )

    def handle(self, *args: Any, concurrency: int, **options: Any) -> None:
        ready_to_serve()
        # Celery warns of root because of pickled messages; ours are JSON.
        warnings.filterwarnings("ignore", category=SecurityWarning)
        signals.setup_logging.connect(_leave_logging_alone)
        signals.worker_shutting_down.connect(_release_runs)
        signals.worker_ready.connect(_sweep_at_once)
        places.resize(concurrency)
        worker = app.Worker(
            pool="threads",
            concurrency=concurrency,
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        clock = Service(app, max_interval=1, scheduler_cls=app.conf.beat_scheduler)
        Thread(target=clock.start, name="clock", daemon=True).start()
        try:
            worker.start()
        finally:
            clock.stop()
        sys.exit(worker.exitcode)
