"""Django's entry for this app."""

from django.apps import AppConfig


class UsageApp(AppConfig):
    name = "usage"
