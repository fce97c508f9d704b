"""docs/validation.md says what the code does."""

from datetime import timedelta
from pathlib import Path

from endpoints.services import runs
from endpoints.validation import lease, probes, prompts, recorder, speech
from endpoints.validation.ear import MOST_BYTES, MOST_FRAMES
from endpoints.validation.evidence import BODY_SHOWN
from endpoints.validation.registry import all_checks
from endpoints.validation.talking import PACE
from endpoints.validation.transcript import FIRST_SHOWN, LAST_SHOWN, TEXT_SHOWN

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "validation.md").read_text()


def test_the_table_holds_exactly_the_checks() -> None:
    table = PAGE.partition("| check | name |")[2].partition("\n\n")[0]
    expected = [f"| {each.label} | `{each.name}` | {each.about} |" for each in all_checks()]
    assert table.splitlines()[2:] == expected


def test_the_figures_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    for said in (
        recorder.USER_AGENT,
        prompts.STREAM_PROMPT,
        prompts.REPLY_PROMPT,
        prompts.SENTENCE,
        prompts.WORD,
        prompts.STYLE,
        f"`pcm_{prompts.OTHER_RATE}`",
        f"broken off after {probes.EXCHANGE_SECONDS:g} s",
        f"a run after {probes.RUN_SECONDS:g} s",
        f"beyond {lease.RUNS_A_MINUTE} a minute, and beyond {lease.RUNS_AT_ONCE} at once",
        f"begun within {lease.FIRST_WAIT.seconds} s",
        f"over after {lease.LEASE.seconds} s",
        f"first {BODY_SHOWN // 1024} KiB",
        f"«{speech.SAID}», at the pace of a call: {len(speech.frames()) * PACE.frame:g} s",
        f"{PACE.frame * 1000:g} ms at a time",
        f"{PACE.final:g} s for the `final`, {PACE.utterance_end:g} s for `utterance_end`",
        f"{PACE.close:g} s for the close; {MOST_FRAMES} messages and {MOST_BYTES // 1024} KiB",
        f"nothing | {PACE.peek:g} s",
        f"`close` {PACE.pause:g} s after",
        f"up to {TEXT_SHOWN} characters",
        f"first {FIRST_SHOWN} lines and the last {LAST_SHOWN}",
        f"kept for {runs.KEPT // timedelta(days=1)} days",
    ):
        assert said in text, said
    assert lease.MAX_ATTEMPTS == 3
    assert "After three deaths" in text
