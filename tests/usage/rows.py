"""Rows of usage, made as the shipper makes them."""

from typing import Any

from tests.usage.dispatches import final, intent
from usage.models import Call, CallEvent
from usage.rows import call_rows, event_row


def event(tenant_id: str, outcome: str = "ok", **given: Any) -> CallEvent:
    """One dispatch of a tenant; `given` are values of its intent, `final` those of its final."""
    ending = given.pop("final", {})
    one = intent(tenant_id=tenant_id, **given)
    other = final(one, outcome=outcome, **ending)
    row = event_row(one, other)
    fields = {name: getattr(row, name) for name in row.__struct_fields__}
    shown = {name: getattr(other, name) for name in ("timing_ms", "error", "details")}
    made = CallEvent.objects.create(**fields | shown)
    for call in call_rows([(one, other)]):
        Call.objects.update_or_create(
            id=call.id, defaults={name: getattr(call, name) for name in call.__struct_fields__}
        )
    return made
