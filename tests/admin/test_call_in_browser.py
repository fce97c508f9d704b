"""The page of a call that was spoken, in a real browser."""

import asyncio
import json
import time

import pytest
from playwright.async_api import Locator, Page, expect

from tests.admin.test_browser import page, pytestmark, sign_in
from tests.live import LivePlatform, NewLive
from tests.usage.conftest import unblocked
from tests.usage.databases import Database
from tests.usage.dispatches import final, intent
from usage.records import Final, Intent
from usage.rows import call_rows, event_row
from usage.sink import DatabaseSink

__all__ = ["page", "pytestmark", "unblocked"]

NO_TOKENS = {"tokens_prompt": None, "tokens_completion": None, "tokens_source": "none"}


def reply(
    same: dict[str, str], at: float, content: float | None, audio: float
) -> list[tuple[Intent, Final]]:
    """An LLM's dispatch and, after its content, a voice's."""
    brain = intent(**same, started_at=at)
    timing = {"connect": 0.0, "first_content": content, "total": 900.0, "gateway": 1.1}
    mouth = intent(**same, provider="custom-voice", started_at=at + (content or 600) / 1000 + 0.1)
    spoken = {"connect": 0.0, "first_content": audio, "total": 2100.0, "gateway": 0.8}
    return [
        (brain, final(brain, timing_ms=timing, outcome="ok" if content else "upstream_error")),
        (mouth, final(mouth, timing_ms=spoken, characters=44, audio_ms=2875.0,
                      details={"rate": 24000}, **NO_TOKENS)),
    ]  # fmt: skip


def call(tenant: str) -> list[tuple[Intent, Final]]:
    """A greeting; three questions, the LLM failing at the second; a farewell."""
    same = {"tenant_id": tenant, "agent_id": "agt_reception", "call_id": "call_7",
            "external_call_id": "CA7"}  # fmt: skip
    at = time.time() - 60
    moments = [(5.0, 0.18), (12.0, 0.21), (21.0, 0.16), (30.0, 0.3)]
    utterances = [
        {"speech_ended_at": at + said, "finalize_at": at + said + 0.02,
         "final_at": at + said + after, "utterance_end_at": at + said + after + 0.01}
        for said, after in moments
    ]  # fmt: skip
    ear = intent(**same, provider="custom-transcriber", started_at=at, bytes_in=0)
    heard = {
        "messages_in": 1504, "messages_out": 31, "finals": 4, "ignored": 2,
        "frame_delay_ms": {"p50": 0.12, "p99": 0.61, "max": 3.4},
        "utterances": utterances, "utterances_left_out": 0,
    }  # fmt: skip
    timing = {"connect": 4.0, "first_content": 900.0, "total": 31_000.0, "gateway": 1.9}
    ending = final(ear, details=heard, audio_ms=31_000.0, bytes_in=992_000, timing_ms=timing,
                   ended_at=at + 31, **NO_TOKENS)  # fmt: skip
    greeting = intent(**same, provider="custom-voice", started_at=at + 0.3)
    return [
        (ear, ending),
        (greeting, final(greeting, timing_ms={"first_content": 210.0, "total": 900.0},
                         characters=20, audio_ms=1400.0, **NO_TOKENS)),
        *reply(same, at + 5.3, 420.0, 160.0),
        *reply(same, at + 12.4, None, 190.0),
        *reply(same, at + 21.3, 280.0, 145.0),
    ]  # fmt: skip


def ship(live: LivePlatform, pairs: list[tuple[Intent, Final]]) -> None:
    sink = DatabaseSink(Database(live.database_url).settings)
    assert sink.ship([event_row(*pair) for pair in pairs], call_rows(pairs)) == []
    sink.close()


async def test_the_turns_of_a_call_are_drawn_to_one_scale(
    page: Page, new_live: NewLive, unblocked: None
) -> None:
    live = new_live().start()
    owner = ("--owner-email", "ann@northwind.example", "--json")
    made = json.loads(live.manage("tenant_create", "Northwind", "--plan", "pro", *owner))
    await sign_in(page, live.url, made)
    await asyncio.to_thread(ship, live, call(made["tenant"]))
    await page.goto(f"{live.url}/admin/usage/call/call_5F7/change/")
    bars = page.locator(".pb-turns tbody tr")
    await expect(bars).to_have_count(5)
    await expect(bars.nth(2)).to_contain_text("The LLM gave no content.")
    await expect(bars.nth(4)).to_contain_text("Nobody answered.")
    colours = (
        await bars.nth(1)
        .locator("rect")
        .evaluate_all("pieces => pieces.map(piece => getComputedStyle(piece).fill)")
    )
    assert len(set(colours)) == len(colours) == 4
    widths = [await drawn(bars.nth(number)) for number in (1, 2, 3)]
    totals = [float((await bars.nth(n).locator("td").nth(2).inner_text()).split()[0].replace(
        ",", "")) for n in (1, 2, 3)]  # fmt: skip
    assert [width / widths[1] for width in widths] == pytest.approx(
        [total / totals[1] for total in totals], abs=0.02
    )

    await page.get_by_role("row", name="custom-transcriber").get_by_role("link").click()
    for text in ("31.0 s", "1,504 / 31", "0.1 ms median, 0.6 ms p99, 3.4 ms at most"):
        await expect(page.get_by_text(text)).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(4)


async def drawn(bar: Locator) -> float:
    """Pixels from the beginning of a bar to the end of its last piece."""
    boxes = await bar.locator("rect").evaluate_all(
        "pieces => pieces.map(piece => piece.getBoundingClientRect())"
        ".map(box => [box.left, box.right])"
    )
    return float(boxes[-1][1] - boxes[0][0])


def crowded(tenant: str) -> list[tuple[Intent, Final]]:
    """Dispatches with the widest words of each column."""
    same = {"tenant_id": tenant, "agent_id": f"agt_{'w' * 26}", "endpoint_id": f"end_{'w' * 26}"}
    ear = intent(**same, provider="custom-transcriber", external_call_id="x" * 200)
    brain = intent(**same)
    timing = {"first_content": 12_345.6, "total": 31_000.0}
    return [
        (ear, final(ear, outcome="upstream_truncated", timing_ms=timing, **NO_TOKENS)),
        (brain, final(brain, tokens_prompt=1014, tokens_source="estimated", timing_ms=timing)),
    ]


@pytest.mark.parametrize("name", ["callevent", "call"])
async def test_a_row_of_the_ledger_is_one_line_at_1280_pixels(
    page: Page, new_live: NewLive, unblocked: None, name: str
) -> None:
    live = new_live().start()
    owner = ("--owner-email", "ann@northwind.example", "--json")
    made = json.loads(live.manage("tenant_create", "Northwind", "--plan", "pro", *owner))
    await page.set_viewport_size({"width": 1280, "height": 900})
    await sign_in(page, live.url, made)
    await asyncio.to_thread(ship, live, crowded(made["tenant"]))
    await page.goto(f"{live.url}/admin/usage/{name}/")
    rows = page.locator(".data-row")
    await expect(rows).to_have_count(2)
    heights = await rows.evaluate_all("rows => rows.map(row => row.clientHeight)")
    assert max(heights) < 50
    inside, outside = await page.locator("#result_list").evaluate(
        "table => [table.scrollWidth, table.parentElement.clientWidth]"
    )
    assert inside <= outside
