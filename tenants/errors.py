"""Why a service refuses a write: a wrong field is Django's `ValidationError`, the rest is here."""

from typing import Any

from django.core.exceptions import ValidationError


def wrong(field: str, detail: str, code: str) -> ValidationError:
    """The error of one field, as services raise it; a nested field is named `auth.token`."""
    return ValidationError({field: ValidationError(detail, code=code)})


class Faults:
    """Gathers the `ValidationError`s of steps that do not need each other, to tell them at once."""

    def __init__(self) -> None:
        self._found: dict[str, list[Any]] = {}

    def __enter__(self) -> None:
        """One such step."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, ValidationError):
            error.update_error_dict(self._found)
            return True
        return False

    def refuse(self) -> None:
        """Raises `ValidationError` with all of them, if there are any."""
        if self._found:
            raise ValidationError(self._found)


class Refused(Exception):
    """The rules forbid the write; `code` is part of the contract, `detail` is safe to show."""

    code = "refused"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class PlanRequired(Refused):
    """The tenant's plan does not include what was asked for."""

    code = "plan_required"


class Gone(Refused):
    """What was to be changed was deleted after the caller had seen it."""

    code = "not_found"


class Conflict(Refused):
    """The write does not fit the present state; `code` says how."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
