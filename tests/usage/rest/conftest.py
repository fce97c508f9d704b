"""Two tenants, each with a key."""

from tests.tenants.rest.conftest import acme, caller, fresh_throttles, globex

__all__ = ["acme", "caller", "fresh_throttles", "globex"]
