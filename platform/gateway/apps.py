"""Django's entry for this app."""

from django.apps import AppConfig


class GatewayApp(AppConfig):
    name = "gateway"
