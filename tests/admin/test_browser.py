"""A new tenant's first minutes, in a real browser against the real commands."""

import json
import os
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.live import NewLive
from tests.upstreams import Chat
from tests.upstreams.fixtures import StartUpstream

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
TOKEN = "t0ken-0123456789-9f2c"  # long enough for its last characters to be shown
expect.set_options(timeout=30_000)  # how long a page takes is the machine's
SOON = 60_000  # ms: the worker tests the endpoint meanwhile

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not os.access(CHROMIUM, os.X_OK), reason="no Chromium on this machine"),
]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page that fails the test on any script error or refusal by the content policy."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        yield page
        await browser.close()
    assert complaints == []


async def sign_in(page: Page, url: str, made: dict[str, Any]) -> None:
    await page.goto(f"{url}/admin/")
    await page.get_by_label("E-mail").fill(made["owner_email"])
    await page.get_by_label("Password").fill(made["owner_password"])
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", name="First steps")).to_be_visible()


async def distance(page: Page, above: str, below: str) -> float:
    """In pixels, from the top of one to the top of the other."""
    return await page.evaluate(
        "pair => { const [a, b] = pair.map(each => document.querySelector(each)"
        ".getBoundingClientRect().top); return b - a }",
        [above, below],
    )


async def test_from_sign_in_to_a_hosted_url(
    page: Page, new_live: NewLive, upstream: StartUpstream
) -> None:
    live = new_live().start(worker=True)
    server = upstream(Chat(words=["Good ", "day ", "to ", "you."], pause=0.25, token=TOKEN))
    made = json.loads(live.manage("tenant_create", "Northwind", "--plan", "pro", "--owner-email",
                                  "ann@northwind.example", "--json"))  # fmt: skip
    await sign_in(page, live.url, made)

    await page.get_by_role("link", name="New endpoint").click()
    await page.get_by_label("Name", exact=False).first.fill("House model")
    await page.get_by_label("URL", exact=False).first.fill(f"{server.url}/v1/chat/completions")
    await expect(page.locator("[name=auth_header_value]")).to_be_hidden()
    assert await distance(page, "[name=wire_format]", "[name=url]") < 300
    await page.locator("[name=auth_bearer_token]").fill(TOKEN)
    await page.get_by_role("button", name="Save").click()

    validation = page.locator("#validation")
    under_way = validation.locator("[data-unfinished]")
    await expect(under_way.locator(".pb-check").first).to_be_visible(timeout=SOON)
    await expect(under_way).to_have_count(0, timeout=SOON)
    await expect(validation.get_by_text("Everything works.")).to_be_visible()
    await validation.get_by_text("checks passed").click()
    await expect(validation.locator(".pb-check").first).to_be_visible()
    assert await validation.locator(".pb-check").count() >= 8
    assert await page.locator("[name=auth_bearer_token]").input_value() == ""

    await page.get_by_role("button", name="Save").click()  # as it was opened, so it is current
    await expect(page.get_by_text("was changed successfully")).to_be_visible()

    await page.goto(f"{live.url}/admin/endpoints/endpoint/")
    credential = page.locator("td.field-credential")
    assert await credential.inner_text() == "•••• 9f2c"
    lines = "cell => { const r = document.createRange(); r.selectNodeContents(cell);"
    assert await credential.evaluate(f"{lines} return r.getClientRects().length }}") == 1

    await page.goto(f"{live.url}/admin/endpoints/agent/add/")
    await page.get_by_label("Name", exact=False).first.fill("Reception")
    await page.get_by_label("LLM").select_option(label="House model")
    await page.get_by_role("button", name="Save").click()
    await page.locator("[data-copy=url-llm-openai-chat]").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == await page.locator("#url-llm-openai-chat").inner_text()
    assert copied.startswith(f"{live.url}/a/agt_")


async def test_key_page_is_not_posted_again_by_a_reload(page: Page, new_live: NewLive) -> None:
    live = new_live().start()
    made = json.loads(live.manage("tenant_create", "Northwind", "--owner-email",
                                  "ann@northwind.example", "--json"))  # fmt: skip
    await sign_in(page, live.url, made)
    await page.goto(f"{live.url}/admin/tenants/apikey/add/")
    await page.get_by_label("Name", exact=False).first.fill("Vapi")
    await page.locator("[name=scopes][value=llm]").check()
    await page.get_by_role("button", name="Save").click()
    text = await page.locator("#told").inner_text()
    assert text.startswith("pb_live_")
    await page.reload()
    await expect(page.locator("#told")).to_have_count(0)
    assert text not in await page.content()
    await page.goto(f"{live.url}/admin/tenants/apikey/")
    await expect(page.locator(".data-row")).to_have_count(2)


async def test_pages_can_be_read_and_used_without_scripts(new_live: NewLive) -> None:
    live = new_live().start()
    made = json.loads(live.manage("tenant_create", "Northwind", "--plan", "pro", "--owner-email",
                                  "ann@northwind.example", "--json"))  # fmt: skip
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await sign_in(page, live.url, made)
        await page.goto(f"{live.url}/admin/endpoints/agent/add/")
        await page.get_by_label("Name", exact=False).first.fill("Reception")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("#url-llm-openai-chat")).to_be_visible()
        await page.get_by_role("button", name="Log out").click()
        await expect(page.get_by_text("Logged out")).to_be_visible()
        await browser.close()
