"""Writes: the one road for REST, admin and commands, split by noun.

Every service is one transaction. A wrong field raises Django's `ValidationError` by field name; a
write that the rules forbid raises `tenants.errors.Refused`. What changes is told to the gateways in
the same transaction.
"""
