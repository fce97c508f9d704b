"""Django's entry for this app."""

from importlib import import_module

from django.apps import AppConfig

from tenants import agents


class EndpointsConfig(AppConfig):
    name = "endpoints"
    verbose_name = "Patching"

    def ready(self) -> None:
        agents.answer_by(import_module("endpoints.selectors").agent_belongs)
