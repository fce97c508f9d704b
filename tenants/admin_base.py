"""The one kind of admin page there is: scoped to a tenant, ruled by roles, written by services."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from tenants.admin_forms import ToldOnce
from tenants.admin_guard import GuardedAdmin
from tenants.admin_scope import scope_of
from tenants.errors import Refused

View = Callable[[HttpRequest, Any], HttpResponse]


@dataclass(frozen=True, slots=True)
class Sidebar:
    """Where a page stands in the side bar; `icon` is a name of Material Symbols."""

    group: str
    icon: str
    position: int


class TenantAdmin(GuardedAdmin):
    """A model's pages: a list, and a page per object with its form, facts and panels."""

    sidebar: ClassVar[Sidebar]
    panels_above: ClassVar[tuple[str, ...]] = ()  # templates shown with an object's form
    panels: ClassVar[tuple[str, ...]] = ()  # and below it

    change_form_template = "admin/object.html"
    list_per_page = 50
    show_full_result_count = False
    compressed_fields = False
    empty_value_display = "–"

    def sidebar_title(self, request: HttpRequest) -> str:
        title = str(self.opts.verbose_name_plural)
        return title[:1].upper() + title[1:]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = self.completed(request, changelist.result_list)
        return changelist

    def completed(self, request: HttpRequest, rows: Iterable[Any]) -> list[Any]:
        """The rows of a list's page, with what its columns need beside the row itself."""
        return list(rows)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Who may only look gets `facts`, and no fields."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets_of(request, obj)
        return [(None, {"fields": []})]

    def fieldsets_of(self, request: HttpRequest, obj: Any) -> list[tuple[Any, dict[str, Any]]]:
        return []

    def facts(self, request: HttpRequest, obj: Any) -> list[tuple[str, Any]]:
        """What is told about an object beside its form: (label, text or safe HTML)."""
        return []

    def detail(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What the templates of this page need about an object."""
        return {}

    def save_model(self, request: HttpRequest, obj: Model, form: forms.Form, change: bool) -> None:
        """A `ServiceForm` has written already."""
        setattr(request, "_told_once", getattr(form, "told_once", None))  # noqa: B010

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Calls the service. Raises `Refused`."""
        raise NotImplementedError

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().delete_view(request, object_id, extra_context)
        except Refused as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect("../change/")
        return response

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Names the objects themselves; what depends on them goes with them."""
        rows = list(objs)
        counts = {str(self.opts.verbose_name_plural): len(rows)}
        return [str(row) for row in rows], counts, set(), []

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Model | None = None,
    ) -> HttpResponse:
        context |= {
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
            "show_close": False,
        }
        if obj is not None:
            context["facts"] = self.facts(request, obj)
            context |= {"panels": self.panels, "panels_above": self.panels_above}
            context |= self.detail(request, obj)
        response: HttpResponse = super().render_change_form(
            request, context, add, change, form_url, obj
        )
        return response

    def response_add(
        self, request: HttpRequest, obj: Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Shown in the answer itself: a redirect would have to store the secret on its way."""
        told = getattr(request, "_told_once", None)
        if isinstance(told, ToldOnce):
            return self.tell_once(request, obj, told)
        response: HttpResponse = super().response_add(request, obj, post_url_continue)
        return response

    def tell_once(self, request: HttpRequest, obj: Model, told: ToldOnce) -> HttpResponse:
        context = self.admin_site.each_context(request)
        context |= {"title": told.title, "told": told, "page": self.page_of(obj)}
        return TemplateResponse(request, "admin/told_once.html", context)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Says nothing about the id: another tenant's answers as one that was never given."""
        messages.warning(request, f"There is no such {opts.verbose_name}.")
        return HttpResponseRedirect(reverse("admin:index"))

    def response_post_save_add(self, request: HttpRequest, obj: Model) -> HttpResponse:
        return HttpResponseRedirect(self.page_of(obj))

    def response_post_save_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        return HttpResponseRedirect(self.page_of(obj))

    def page_of(self, obj: Model) -> str:
        """The path of an object's page."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=(quote(obj.pk),))

    def posting(self, path_: str, view: View, name: str) -> URLPattern:
        """A route below an object's page that only takes POST, for those who may change it."""

        def checked(request: HttpRequest, object_id: str) -> HttpResponse:
            obj = self.get_object(request, unquote(object_id))
            if obj is None or not scope_of(request).may(self.editors):
                raise Http404
            try:
                return view(request, obj)
            except Refused as refusal:
                messages.error(request, refusal.detail)
                return HttpResponseRedirect(self.page_of(obj))

        route = self.admin_site.admin_view(require_POST(checked))
        routed: URLPattern = path(f"<path:object_id>/{path_}/", route, name=name)
        return routed
