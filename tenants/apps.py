"""Django's entry for this app."""

from importlib import import_module

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Account"

    def ready(self) -> None:
        import_module("tenants.rest.schema")  # registers what OpenAPI says of our keys
