"""What every authentication type is."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

MAX_SECRET = 8192
_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class AuthField:
    """One thing to fill in: REST, the admin form and the docs are generated from it."""

    name: str
    label: str
    help: str


class AuthType(ABC):
    """Pure: from filled-in fields to header lines. All declared fields are required.

    `name` is the value in the database and the API; it never changes. `secret_fields` are stored
    encrypted and never shown again.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    fields: ClassVar[tuple[AuthField, ...]] = ()
    secret_fields: ClassVar[tuple[AuthField, ...]] = ()

    def problems(self, fields: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
        """What is wrong, by field name: a sentence that says what to do. Empty: all is well."""
        given = {**fields, **secrets}
        declared = [each.name for each in (*self.fields, *self.secret_fields)]
        found = dict.fromkeys(given.keys() - {*declared}, f"{self.label} has no such field.")
        for name in declared:
            problem = self.problem(name, given[name]) if given.get(name) else "Fill this in."
            if problem:
                found[name] = problem
        return found

    def problem(self, name: str, value: str) -> str:
        """What is wrong with one filled-in field; empty when nothing is."""
        if len(value) > MAX_SECRET:
            return f"Use at most {MAX_SECRET} characters."
        if not _VISIBLE.fullmatch(value):
            return "Use visible ASCII characters only, without spaces or line breaks."
        return ""

    @abstractmethod
    def headers(
        self, fields: Mapping[str, str], secrets: Mapping[str, str]
    ) -> tuple[tuple[str, str], ...]:
        """The header lines to add. Expects fields without `problems`."""
