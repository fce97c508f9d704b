from typing import Any

import pytest
from django.contrib import admin
from unfold.admin import ModelAdmin

from tenants.admin_base import TenantAdmin
from tenants.admin_checks import REFUSED, check_pages
from tenants.admin_site import PatchbayAdminSite, site
from tenants.models import Tenant, TenantProvider


def found(page: Any) -> list[str]:
    return [str(each.id) for each in check_pages({page.model: page})]


def test_a_page_that_is_not_scoped_is_refused() -> None:
    own = PatchbayAdminSite(name="other")
    own.register(Tenant, ModelAdmin)
    assert "patchbay.E101" in [each.id for each in own.check(None)]


def test_the_pages_of_this_installation_pass() -> None:
    assert site.check(None) == []
    assert len(site._registry) >= 2


@pytest.mark.parametrize("name", REFUSED)
def test_features_that_read_beside_the_scope_are_refused(name: str) -> None:
    page = type("Page", (TenantAdmin,), {name: ["name"]})(TenantProvider, site)
    assert found(page) == ["patchbay.E102"]


class ByName(admin.SimpleListFilter):
    title, parameter_name = "name", "name"


@pytest.mark.parametrize("each", ["name", ("name", admin.AllValuesFieldListFilter), ByName])
def test_filters_that_list_values_of_all_tenants_are_refused(each: Any) -> None:
    page = type("Page", (TenantAdmin,), {"list_filter": [each]})(TenantProvider, site)
    assert found(page) == ["patchbay.E103"]
