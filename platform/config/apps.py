"""Django's entry for this app."""

from django.apps import AppConfig


class ConfigApp(AppConfig):
    name = "config"

    def ready(self) -> None:
        # Makes our Celery app the one that tasks are sent through, in every process.
        from config import celery  # noqa: F401 - imported for that effect
