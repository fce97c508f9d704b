import os
import subprocess
import sys

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from config.env import ROOT
from config.headers import ADMIN, DOCS, NOTHING, PAGE, security_headers


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/admin/login/", ADMIN),
        ("/api/docs", DOCS),
        ("/api/v1/agents", NOTHING),
        ("/nowhere", PAGE),
    ],
)
def test_every_answer_says_what_its_page_may_do(db: None, path: str, policy: str) -> None:
    headers = Client().get(path).headers
    assert headers["content-security-policy"] == policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "microphone=()" in headers["permissions-policy"]


def test_nothing_keeps_an_answer_of_the_rest_api(db: None) -> None:
    assert Client().get("/api/v1/me").headers["cache-control"] == "no-store"


def test_only_the_admin_may_evaluate_text_and_nobody_may_run_inline_scripts() -> None:
    assert "'unsafe-eval'" in ADMIN
    assert "'unsafe-eval'" not in DOCS + NOTHING + PAGE
    for policy in (ADMIN, DOCS, NOTHING, PAGE):
        scripts = [each for each in policy.split("; ") if each.startswith("script-src")]
        assert "unsafe-inline" not in "".join(scripts)
        assert "frame-ancestors 'none'" in policy


def test_a_view_keeps_the_policy_that_it_set_itself() -> None:
    own = HttpResponse(headers={"Content-Security-Policy": "sandbox"})
    answer = security_headers(lambda request: own)(HttpRequest())
    assert answer.headers["content-security-policy"] == "sandbox"


async def test_asynchronous_stack_is_served_too() -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    answer = await security_headers(view)(HttpRequest())
    assert answer.headers["content-security-policy"] == PAGE


@pytest.mark.parametrize("path", ["/admin/login/", "/api/docs"])
def test_pages_hold_no_inline_script(db: None, path: str) -> None:
    page = Client().get(path).content.decode()
    scripts = [each.partition(">") for each in page.split("<script")[1:]]
    assert scripts
    assert all("src=" in tag and not body.startswith(("\n ", "{")) for tag, _, body in scripts)


def test_cookies_are_secure_however_the_scheme_is_spelled_and_sign_in_has_a_page() -> None:
    program = (
        "from config import settings\n"
        "print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE,"
        " settings.SECURE_HSTS_SECONDS > 0, settings.LOGIN_REDIRECT_URL)"
    )
    environment = {**os.environ, "PUBLIC_URL": "HTTPS://patchbay.example.com",
                   "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True", "True", "admin:index"]
