"""Finds wire formats: one public class a file, in the package of its channel.

Nothing is imported before the first question. A format's file is all it takes to add one.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from inspect import isabstract
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType
from typing import Literal, overload

from wire.base import HostedFormat, WireFormat
from wire.llm.base import LLMEgress, LLMIngress
from wire.transcriber.base import HostedTranscriberFormat, TranscriberFormat
from wire.voice.base import HostedVoiceFormat, VoiceFormat

CHANNELS = ("llm", "voice", "transcriber")


class UnknownFormat(LookupError):
    """No format of that channel has that name."""


def collect(package: ModuleType) -> dict[str, type[WireFormat]]:
    """The formats in a channel's package by name. Raises `TypeError` on a name used twice."""
    found: dict[str, type[WireFormat]] = {}
    for module_info in iter_modules(package.__path__, f"{package.__name__}."):
        for cls in _formats_in(import_module(module_info.name)):
            if cls.name in found:
                raise TypeError(f"{cls.__name__} and {found[cls.name].__name__}: same name")
            found[cls.name] = cls
    return found


def _formats_in(module: ModuleType) -> list[type[WireFormat]]:
    """The format that the module itself defines, if any; two are a mistake."""
    formats = [
        cls
        for name, cls in vars(module).items()
        if isinstance(cls, type)
        and issubclass(cls, WireFormat)
        and cls.__module__ == module.__name__
        and not (isabstract(cls) or name.startswith("_"))
    ]
    if len(formats) > 1:
        raise TypeError(f"{module.__name__} defines more than one wire format")
    return formats


@cache
def formats_of(channel: str) -> Mapping[str, WireFormat]:
    """A channel's formats by name, which endpoints speak all; empty for what is no channel."""
    if channel not in CHANNELS:
        return MappingProxyType({})
    classes = collect(import_module(f"wire.{channel}"))
    return MappingProxyType({name: classes[name]() for name in sorted(classes)})


@overload
def format_named(channel: Literal["llm"], name: str) -> LLMEgress: ...
@overload
def format_named(channel: Literal["voice"], name: str) -> VoiceFormat: ...
@overload
def format_named(channel: Literal["transcriber"], name: str) -> TranscriberFormat: ...
@overload
def format_named(channel: str, name: str) -> WireFormat: ...
def format_named(channel: str, name: str) -> WireFormat:
    """The one instance of a format. Raises `UnknownFormat`."""
    try:
        return formats_of(channel)[name]
    except KeyError:
        raise UnknownFormat(f"no wire format {name!r} for {channel!r}") from None


@cache
def hosted_formats(channel: str) -> Mapping[str, HostedFormat]:
    """Those of a channel's formats that callers speak, by name."""
    found = formats_of(channel).items()
    return MappingProxyType({name: wire for name, wire in found if isinstance(wire, HostedFormat)})


@overload
def hosted_format(channel: Literal["llm"], name: str) -> LLMIngress: ...
@overload
def hosted_format(channel: Literal["voice"], name: str) -> HostedVoiceFormat: ...
@overload
def hosted_format(channel: Literal["transcriber"], name: str) -> HostedTranscriberFormat: ...
@overload
def hosted_format(channel: str, name: str) -> HostedFormat: ...
def hosted_format(channel: str, name: str) -> HostedFormat:
    """The one instance of a format that callers speak. Raises `UnknownFormat`."""
    try:
        return hosted_formats(channel)[name]
    except KeyError:
        raise UnknownFormat(f"callers speak no wire format {name!r} for {channel!r}") from None


def wire_choices_of(channel: str) -> list[tuple[str, str]]:
    """(name, label) pairs for the forms of one channel."""
    return [(name, wire.label) for name, wire in formats_of(channel).items()]


def wire_choices() -> list[tuple[str, str]]:
    """(name, label) pairs of every channel: a model field's callable choices."""
    return [pair for channel in CHANNELS for pair in wire_choices_of(channel)]
