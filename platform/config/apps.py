"""Django's entry for this app."""

from django.apps import AppConfig


class ConfigApp(AppConfig):
    name = "config"

    def ready(self) -> None:
        # Makes our Celery app the one that tasks are sent through, in every process, and registers
        # our checks.
        from config import celery, checks  # noqa: F401 - imported for that effect
