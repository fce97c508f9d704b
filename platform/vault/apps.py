"""Django's entry for this app."""

from django.apps import AppConfig


class VaultApp(AppConfig):
    name = "vault"
