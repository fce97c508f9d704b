"""Finds the pages of this app; each module registers its own on the installation's site."""

from tenants import admin_account, admin_keys, admin_people, admin_providers

__all__ = ["admin_account", "admin_keys", "admin_people", "admin_providers"]
