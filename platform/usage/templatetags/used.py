"""Filters of the pages that list events."""

from django import template

from usage.admin_details import used_in_short

register = template.Library()
register.filter("used", used_in_short)
