"""Finds authentication types: one public class a file in this package."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from inspect import isabstract
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType

import egress.auth
from egress.auth.base import AuthType


class UnknownAuthType(LookupError):
    """No authentication type has that name."""


def collect(package: ModuleType) -> dict[str, type[AuthType]]:
    """The types in a package by name. Raises `TypeError` on a name used twice."""
    found: dict[str, type[AuthType]] = {}
    for module_info in iter_modules(package.__path__, f"{package.__name__}."):
        module = import_module(module_info.name)
        for cls in vars(module).values():
            if not _is_own_type(cls, module):
                continue
            if cls.name in found:
                raise TypeError(f"{cls.__name__} and {found[cls.name].__name__}: same name")
            found[cls.name] = cls
    return found


def _is_own_type(cls: object, module: ModuleType) -> bool:
    return (
        isinstance(cls, type)
        and issubclass(cls, AuthType)
        and cls.__module__ == module.__name__
        and not isabstract(cls)
    )


@cache
def auth_types() -> Mapping[str, AuthType]:
    """All authentication types by name."""
    classes = collect(egress.auth)
    return MappingProxyType({name: classes[name]() for name in sorted(classes)})


def auth_type_named(name: str) -> AuthType:
    """The one instance of a type. Raises `UnknownAuthType`."""
    try:
        return auth_types()[name]
    except KeyError:
        raise UnknownAuthType(f"no authentication type {name!r}") from None
