"""Checks that must not be taken together."""
