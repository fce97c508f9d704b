"""Django's entry for this app."""

from importlib import import_module

from django.apps import AppConfig

from tenants import agents, provider_users


class EndpointsConfig(AppConfig):
    name = "endpoints"
    verbose_name = "Patching"

    def ready(self) -> None:
        agents.answer_by(import_module("endpoints.selectors").agent_belongs)
        provider_users.retest_by(import_module("endpoints.services.runs").begin_for_users)
