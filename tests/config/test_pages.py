"""What a browser gets outside of the admin and the API's pages."""

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tenants.rest import problems


@pytest.mark.parametrize("path", ["/", "/admin"])
def test_a_bare_address_leads_to_the_admin(db: None, path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, "/admin/")


def test_the_icon_that_browsers_ask_for_is_there(db: None) -> None:
    answer = Client().get("/favicon.ico", follow=True)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    answer.close()


def refused(request: HttpRequest, status: int) -> HttpResponse:
    pages = {
        400: lambda: problems.bad_request(request, Exception()),
        403: lambda: problems.permission_denied(request, Exception()),
        404: lambda: problems.page_not_found(request, Exception()),
        500: lambda: problems.server_error(request),
    }
    return pages[status]()


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_page_of_an_error_has_its_look_from_files_that_are_there(db: None, status: int) -> None:
    answer = refused(RequestFactory().get("/nowhere"), status)
    page = answer.content.decode()
    assert answer.status_code == status
    assert "<style" not in page
    assert "style=" not in page
    assert re.search(r"<title>\w.+ \| Patchbay</title>", page)
    files = re.findall(r'(?:<link[^>]* href|<img src)="([^"]+)"', page)
    assert len(files) == 3
    for file in files:
        found = Client().get(file)
        assert found.status_code == 200, file
        found.close()


def test_a_form_without_its_cookie_is_refused_in_words_of_ours(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "a"})
    assert answer.status_code == 403
    assert "That form has become too old" in answer.content.decode()
