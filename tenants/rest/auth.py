"""The `auth` of providers and endpoints: secrets go in by it, and their last four come out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from egress.auth.registry import auth_types
from tenants.models import TenantProvider


def _schema() -> dict[str, Any]:
    """One shape for each auth type; made from the types, so a new one is documented by itself."""
    shapes = []
    for auth_type in auth_types().values():
        kind = {"type": "string", "enum": [auth_type.name], "description": auth_type.label}
        properties: dict[str, Any] = {"type": kind}
        for field in auth_type.fields:
            properties[field.name] = {"type": "string", "description": field.help}
        for field in auth_type.secret_fields:
            hidden = {"writeOnly": True, "description": f"{field.help} Left out, it stays."}
            properties[field.name] = {"type": "string", **hidden}
        if auth_type.secret_fields:
            properties["last4"] = {"type": "string", "readOnly": True}
            properties["updated_at"] = {"type": "string", "format": "date-time", "readOnly": True}
        shapes.append({"type": "object", "required": ["type"], "properties": properties})
    return {"oneOf": shapes}


@extend_schema_field(_schema())
class AuthField(serializers.Field[Any, Any, Any, Any]):
    """In: a flat object of texts, for the services to judge. Out: the row without its secrets."""

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict):
            raise ValidationError('Give an object such as {"type": "bearer", "token": "…"}.')
        wrong = {
            name: [ErrorDetail("It must be a text.", "invalid")]
            for name, value in data.items()
            if not isinstance(value, str)
        }
        if wrong:
            raise ValidationError(wrong)
        return data

    def to_representation(self, value: TenantProvider | None) -> dict[str, Any]:
        return shown(value)


def shown(provider: TenantProvider | None) -> dict[str, Any]:
    """What may be seen of a credential, read from what is stored beside it, never by opening it."""
    if provider is None:
        return {"type": "none"}
    said: dict[str, Any] = {"type": provider.auth_type, **provider.settings}
    if provider.secrets_updated_at is not None:
        said |= {"last4": provider.last4, "updated_at": provider.secrets_updated_at}
    return said
