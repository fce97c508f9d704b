from tests.tenants.rest.conftest import caller, fresh_throttles

__all__ = ["caller", "fresh_throttles"]
