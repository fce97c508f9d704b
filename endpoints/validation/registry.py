"""Finds checks: one public class a file, in `checks/`."""

from functools import cache
from importlib import import_module
from inspect import isabstract
from pkgutil import iter_modules
from types import ModuleType

import endpoints.validation.checks
from endpoints.validation.base import Check


def collect(package: ModuleType) -> tuple[Check, ...]:
    """The checks of a package by position. Raises `TypeError` on a name or position used twice."""
    found: dict[str, Check] = {}
    for module_info in iter_modules(package.__path__, f"{package.__name__}."):
        module = import_module(module_info.name)
        for cls in vars(module).values():
            if not _is_own_check(cls, module):
                continue
            if cls.name in found:
                raise TypeError(f"two checks are named {cls.name}")
            found[cls.name] = cls()
    if len({check.position for check in found.values()}) < len(found):
        raise TypeError("two checks have one position")
    return tuple(sorted(found.values(), key=lambda check: check.position))


def _is_own_check(cls: object, module: ModuleType) -> bool:
    return (
        isinstance(cls, type)
        and issubclass(cls, Check)
        and cls.__module__ == module.__name__
        and not isabstract(cls)
    )


@cache
def all_checks() -> tuple[Check, ...]:
    return collect(endpoints.validation.checks)


def checks_of(channel: str) -> tuple[Check, ...]:
    """The checks for endpoints of a channel, in the order in which they are run."""
    return tuple(check for check in all_checks() if channel in check.channels)
