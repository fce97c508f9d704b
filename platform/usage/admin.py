"""The ledger's pages: calls and the events of their dispatches, read only."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.paginator import InfinitePaginator

from tenants.admin_badge import badge_column
from tenants.admin_base import Sidebar, TenantAdmin
from tenants.admin_filters import ChoiceFilter, PeriodFilter
from tenants.admin_guard import NOBODY
from tenants.admin_names import names, page_of
from tenants.admin_scope import scope_of
from tenants.admin_site import site
from tenants.models import TenantProvider
from usage.admin_details import used, used_in_short, utterance_rows, utterances_left_out
from usage.admin_outcomes import meaning
from usage.admin_timing import picture
from usage.admin_turns import turns_picture
from usage.models import Call, CallEvent
from usage.rest.serializers import OUTCOMES
from usage.selectors import course


class AgentFilter(ChoiceFilter):
    title, parameter_name, field = "agent", "agent", "agent_id"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return names("agent", scope_of(request)).items()


class EndpointFilter(ChoiceFilter):
    title, parameter_name, field = "endpoint", "endpoint", "endpoint_id"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return names("endpoint", scope_of(request)).items()


class OutcomeFilter(ChoiceFilter):
    title, parameter_name, field = "outcome", "outcome", "outcome"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(name, name.replace("_", " ")) for name in OUTCOMES]


class ProviderFilter(ChoiceFilter):
    title, parameter_name, field = "provider", "provider", "provider"

    def options(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return TenantProvider._meta.get_field("provider").choices or ()  # type: ignore[return-value]


class LedgerAdmin(TenantAdmin):
    """Rows that nobody edits; ids of agents and endpoints are shown by their names."""

    can_add = can_delete = False
    editors = NOBODY
    actions = None
    ordering = ("-started_at", "-id")
    paginator = InfinitePaginator
    list_filter_submit = True
    sortable_by = ()  # always newest first

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def completed(self, request: HttpRequest, rows: Iterable[Any]) -> list[Any]:
        """The rows, each with `agent_name` and, where it has one, `endpoint_name`; `…_page` is the
        address of what is still there.
        """
        found = super().completed(request, rows)
        for kind in ("agent", "endpoint"):
            ids = {getattr(row, f"{kind}_id", "") for row in found}
            known = names(kind, scope_of(request), ids)
            for row in found:
                own = getattr(row, f"{kind}_id", "")
                setattr(row, f"{kind}_name", known.get(own, own))
                setattr(row, f"{kind}_page", page_of(kind, own) if own in known else "")
        return found

    @admin.display(description="agent")
    def agent(self, row: Any) -> str:
        return str(row.agent_name)


@admin.register(CallEvent, site=site)
class CallEventAdmin(LedgerAdmin):
    change_form_template = "admin/usage/event.html"
    sidebar = Sidebar("Usage", "receipt_long", 50)
    list_display = (
        "moment", "outcome_label", "provider", "agent", "endpoint", "first_content", "total",
        "used",
    )  # fmt: skip
    list_filter = (AgentFilter, EndpointFilter, OutcomeFilter, ProviderFilter, PeriodFilter)
    search_fields = ("id", "call_id", "dispatch_id")
    search_help_text = "Id of an event, call or dispatch"

    def detail(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        self.completed(request, [row])
        call = Call.objects.filter(id=row.call_id, tenant_id=row.tenant_id).first()
        return {
            "event": row,
            "call": call,
            "meaning": meaning(row),
            "timing": picture(row.timing_ms or {}, row.error),
            "used": used(row),
            "utterances": utterance_rows(row),
            "utterances_left_out": utterances_left_out(row),
        }

    @admin.display(description="started (UTC)")
    def moment(self, row: CallEvent) -> str:
        return f"{row.started_at:%Y-%m-%d %H:%M:%S}"

    @badge_column("outcome")
    def outcome_label(self, row: CallEvent) -> str:
        return row.outcome

    @admin.display(description="endpoint")
    def endpoint(self, row: Any) -> str:
        return str(row.endpoint_name)

    @admin.display(description="used")
    def used(self, row: CallEvent) -> str:
        return used_in_short(row)

    @admin.display(description="first content")
    def first_content(self, row: CallEvent) -> str:
        return _milliseconds(row, "first_content")

    @admin.display(description="total")
    def total(self, row: CallEvent) -> str:
        return _milliseconds(row, "total")


@admin.register(Call, site=site)
class CallAdmin(LedgerAdmin):
    change_form_template = "admin/usage/call.html"
    sidebar = Sidebar("Usage", "call", 40)
    list_display = ("moment", "call", "agent", "callers_id", "dispatches", "length")
    list_filter = (AgentFilter, PeriodFilter)
    search_fields = ("id", "external_id")
    search_help_text = "Id of a call, ours or the caller's"

    def detail(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        self.completed(request, [row])
        own = {"tenant_id": row.tenant_id, "call_id": row.id, "type": "provider_usage"}
        found = course(CallEvent.objects.filter(**own))
        return {
            "call": row,
            "course": found,
            "turns": turns_picture(found.turns),
            "events": super().completed(request, found.dispatches),
        }

    def completed(self, request: HttpRequest, rows: Iterable[Any]) -> list[Any]:
        found = super().completed(request, rows)
        ids = [row.id for row in found if isinstance(row, Call)]
        events = scope_of(request).narrow(CallEvent.objects.filter(call_id__in=ids), "tenant_id")
        counts = dict(events.values_list("call_id").annotate(Count("id")))
        for row in found:
            row.event_count = counts.get(row.id, 0)
        return found

    @admin.display(description="started (UTC)")
    def moment(self, row: Call) -> str:
        return f"{row.started_at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="call")
    def call(self, row: Call) -> str:
        return row.id

    @admin.display(description="caller’s id")
    def callers_id(self, row: Call) -> str:
        return row.external_id or "–"

    @admin.display(description="dispatches")
    def dispatches(self, row: Any) -> str:
        link = reverse("admin:usage_callevent_changelist")
        return format_html('<a href="{}?q={}">{}</a>', link, row.id, row.event_count)

    @admin.display(description="length")
    def length(self, row: Call) -> str:
        return f"{(row.ended_at - row.started_at).total_seconds():.1f} s"


def _milliseconds(row: CallEvent, name: str) -> str:
    value = (row.timing_ms or {}).get(name)
    return "–" if value is None else f"{value:,.0f} ms"
