"""The lines that docs/clients.md gives to copy lead where they say, with the key that they show."""

import ast
import re
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2 as httpx
import openai
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.clients.pages import AGENT, FORMATS, lines
from tests.clients.program import HERE
from tests.live import LivePlatform, LiveTenant

PAGE = (FORMATS.parent / "clients.md").read_text().split("## Lines to copy")[1].split("\n## ")[0]
BASE = f"https://{AGENT}"


def _table(first: str) -> list[list[str]]:
    rows = PAGE.split(f"| {first} |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


MADE = {name: code.strip("`") for name, code in _table("client")}
PLATFORMS = _table("platform")


@pytest.fixture
def tenant(live: LivePlatform) -> LiveTenant:
    return live.tenant(plan="enterprise")


def _refused(url: str, headers: dict[str, str]) -> tuple[int, str]:
    """Status and body of what an agent answers whose slots are empty."""
    if not url.startswith("ws"):
        answer = httpx.post(url, headers=headers, json={}, trust_env=False)
        return answer.status_code, answer.text
    with pytest.raises(InvalidStatus) as caught:
        connect(url, additional_headers=headers, proxy=None).close()
    return caught.value.response.status_code, caught.value.response.body.decode()


def _ways(row: list[str], base: str, key: str) -> list[tuple[str, dict[str, str]]]:
    """The row's URL, with what the platform appends, and each header that may show the key."""
    url = "".join(re.findall(r"`([^`]+)`", row[1])).replace("pb_live_…", key)
    url = url.replace("https://", "http://").replace("wss://", "ws://").replace(AGENT, base)
    pairs = [text.split(": ") for text in re.findall(r"`([^`]+)`", row[2])]
    headers = [{name: value.replace("pb_live_…", key)} for name, value in pairs]
    return [(url, each) for each in headers or [{}]]


def _channel(url: str) -> str:
    words = {"voice": ("tts", "voice"), "transcriber": ("stt", "transcriber")}
    found = [name for name, ends in words.items() if url.endswith(ends)]
    return found[0] if found else "llm"


@pytest.mark.parametrize("row", PLATFORMS, ids=lambda row: re.sub(r"\(.*?\)|[\[\]]", "", row[0]))
def test_a_platforms_url_and_key_lead_to_the_slot(row: list[str], tenant: LiveTenant) -> None:
    agent = tenant.agent()
    key, _ = tenant.new_key(agent=agent.id)
    wrong, _ = tenant.new_key(agent=tenant.agent().id)
    base = agent.base_url.removeprefix("http://")
    for url, headers in _ways(row, base, key):
        status, said = _refused(url, headers)
        assert (status, f"custom_{_channel(url)}_not_configured" in said) == (409, True), said
    for url, headers in _ways(row, base, wrong):
        assert _refused(url, headers)[0] == 404


@pytest.mark.parametrize(
    ("client", "ask"),
    [
        ("OpenAI's SDK for Python", lambda it: it.chat.completions.create(model="m", messages=[])),
        ("OpenAI's SDK for Python", lambda it: it.responses.create(model="m", input="Hi")),
        ("OpenAI's SDK for Python",
         lambda it: it.audio.speech.create(model="m", voice="alloy", input="Hi")),
        ("Anthropic's SDK for Python",
         lambda it: it.messages.create(model="m", max_tokens=9, messages=[])),
    ],
)  # fmt: skip
def test_a_sdk_of_python_reaches_the_slot(
    client: str, ask: Callable[[Any], Any], tenant: LiveTenant
) -> None:
    (code,) = (code for name, code in MADE.items() if name.startswith(client))
    code = code.replace(BASE, tenant.agent().base_url).replace("pb_live_…", tenant.key)
    names = {"OpenAI": openai.OpenAI, "Anthropic": anthropic.Anthropic}
    with eval(code, names) as made, pytest.raises(Exception, match=r"has no \w+ endpoint"):
        ask(made.with_options(max_retries=0))


def _calls(code: str) -> list[str]:
    return [ast.dump(node) for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]


@pytest.mark.parametrize(
    ("client", "page", "package"),
    [
        ("LiveKit, LLM", "openai-chat", "livekit"),
        ("LiveKit, TTS", "openai-speech", "livekit"),
        ("LiveKit, STT", "deepgram-listen", "livekit"),
        ("Pipecat, LLM", "openai-chat", "pipecat"),
        ("Pipecat, TTS", "openai-speech", "pipecat"),
        ("Pipecat, STT", "deepgram-listen", "pipecat"),
    ],
)
def test_what_is_copied_is_what_its_formats_page_has(client: str, page: str, package: str) -> None:
    """Those lines are run by `make acceptance`."""
    written = lines(page, package, BASE, "pb_live_…").replace("http://", "https://")
    assert set(_calls(MADE[client])) <= set(_calls(written))


@pytest.mark.parametrize(
    ("client", "program"),
    [
        ("LangChain", "programs/chat_langchain.py"),
        ("OpenAI's SDK for Node", "node/openai.mjs"),
        ("createOpenAI(", "node/ai.mjs"),
        ("createOpenAICompatible(", "node/ai.mjs"),
    ],
)
def test_what_is_copied_sets_what_the_program_that_is_run_sets(client: str, program: str) -> None:
    (code,) = (code for name, code in MADE.items() if (name + code).find(client) >= 0)
    ran = (HERE / program).read_text()
    called, _, given = code.partition("(")
    for option in re.findall(r"(\w+)(?:=|: )", re.sub(r'"[^"]*"', "", given)):
        assert re.search(rf"{called}\([^)]*\b{option}\b", ran), option
