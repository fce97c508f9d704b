"""Finds the shapes of formats: in modules of their names, as `wire.registry` finds formats."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

Shape = TypeVar("Shape")


def declared(package: str, name: str, kind: type[Shape]) -> dict[str, Shape]:
    """What the modules of a channel's package call `name`, by format; it is of that kind."""
    found = {}
    for module_info in iter_modules(import_module(package).__path__):
        shape = getattr(import_module(f"{package}.{module_info.name}"), name, None)
        if shape is not None:
            assert isinstance(shape, kind), f"{name} of {module_info.name}"
            found[module_info.name.replace("_", "-")] = shape
    return found
