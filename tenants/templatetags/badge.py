"""Badges in templates: `{{ event.outcome|badge }}`."""

from django import template

from tenants.admin_badge import badge

register = template.Library()
register.filter("badge", badge)
