"""Members of JSON values, found by dot paths such as `data.output.message`."""

from typing import Any


def found(value: Any, path: str) -> Any:
    """What stands there, or `None`; a number in the path counts through a list."""
    for name in path.split("."):
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def text_at(value: Any, path: str) -> str | None:
    """A text, or a number as one; `None` for all else."""
    member = found(value, path)
    if isinstance(member, str):
        return member
    is_number = isinstance(member, int | float) and not isinstance(member, bool)
    return str(member) if is_number else None
