"""The installation's one admin site: for members of tenants, and for operators."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import PasswordChangeView
from django.core import checks
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.sites import UnfoldAdminSite

from tenants.admin_base import TenantAdmin
from tenants.admin_checks import check_pages
from tenants.admin_scope import choose_tenant, may_enter, scope_of
from tenants.admin_signin import OwnPasswordForm, SignInForm

# Pages of Django and unfold that look objects up outside of their own, scoped pages.
UNSCOPED = frozenset({"autocomplete", "view_on_site", "search"})
# Parameters that turn a page into a picker of any unique field's values.
PICKERS = ("_popup", "_to_field")


class PatchbayAdminSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    """Unfold's site without the pages that answer for objects of any tenant."""

    site_title = site_header = "Patchbay"
    index_title = "Overview"
    login_form = SignInForm
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return may_enter(request.user)

    def admin_view(
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        def without_pickers(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if any(name in request.GET or name in request.POST for name in PICKERS):
                raise SuspiciousOperation("the admin has no pickers")
            return view(request, *args, **kwargs)

        checked: Callable[..., HttpResponse] = super().admin_view(without_pickers, cacheable)
        return checked

    def get_urls(self) -> list[URLPattern]:
        kept = [each for each in super().get_urls() if getattr(each, "name", "") not in UNSCOPED]
        switch = path("tenant/", self.admin_view(require_POST(self.switch)), name="switch_tenant")
        return [switch, *kept]

    def switch(self, request: HttpRequest) -> HttpResponse:
        """Looks at another of the person's tenants; any other id is one that is not there."""
        if not choose_tenant(request, request.POST.get("tenant", "")):
            raise Http404
        return HttpResponseRedirect(reverse("admin:index"))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Unfold's own saves the whole person as they were when the request came."""
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)
        if self.has_permission(request):
            context["scope"] = scope_of(request)
        return context

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        home = {"title": "Overview", "icon": "home", "link": reverse("admin:index")}
        groups: dict[str, list[dict[str, Any]]] = {"": [home]}
        for page in sorted(self._pages(), key=lambda page: page.sidebar.position):
            if page.has_module_permission(request):
                groups.setdefault(page.sidebar.group, []).append(_link(page, request))
        for links in groups.values():
            for link in links:
                link["has_permission"] = True
                link["active"] = self._get_is_active(request, link["link"])
        return [{"title": title, "items": links} for title, links in groups.items()]

    def _pages(self) -> list[TenantAdmin]:
        return [page for page in self._registry.values() if isinstance(page, TenantAdmin)]

    def check(self, app_configs: Any) -> list[checks.CheckMessage]:
        return [*super().check(app_configs), *check_pages(self._registry)]


def _link(page: TenantAdmin, request: HttpRequest) -> dict[str, Any]:
    name = f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist"
    return {
        "title": page.sidebar_title(request),
        "icon": page.sidebar.icon,
        "link": reverse(name),
    }


site = PatchbayAdminSite(name="admin")
site.disable_action("delete_selected")
