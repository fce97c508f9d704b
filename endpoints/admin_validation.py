"""What the admin tells about a validation run, check by check."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from endpoints.models import CheckResult, CheckStatus, RunStatus, ValidationRun
from endpoints.validation.words import counted

HEADLINES = {
    RunStatus.QUEUED: "Waiting for a worker…",
    RunStatus.RUNNING: "Testing the endpoint…",
    RunStatus.PASSED: "Everything works.",
    RunStatus.WARNING: "It works, but look at the warnings.",
    RunStatus.FAILED: "It does not work yet. The first failed check says what to mend.",
}
GOOD = (CheckStatus.PASSED, CheckStatus.SKIPPED)
NEVER_TESTED = "These settings have not been tested yet."


@dataclass(frozen=True, slots=True)
class ToldCheck:
    """One check; `summary` and `hint` are safe HTML, `evidence` is (title, text)."""

    name: str
    label: str
    status: str
    summary: str
    hint: str
    duration_ms: float
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A run. `folded` are checks of a finished run that ask for nothing: passed, or skipped."""

    run: ValidationRun | None
    headline: str
    unfinished: bool
    checks: tuple[ToldCheck, ...]
    folded: tuple[ToldCheck, ...] = ()

    @property
    def counted(self) -> str:
        """How many of the folded checks passed and how many were skipped."""
        skipped = sum(check.status == CheckStatus.SKIPPED for check in self.folded)
        counts = ((len(self.folded) - skipped, "passed"), (skipped, "skipped"))
        said = [f"{counted(count, 'check')} {how}" for count, how in counts if count]
        return ", ".join(said)

    @property
    def skipped(self) -> dict[str, list[str]]:
        """The labels of the skipped checks by the reason, which is safe HTML."""
        reasons: dict[str, list[str]] = {}
        for check in self.folded:
            if check.status == CheckStatus.SKIPPED:
                reasons.setdefault(check.summary, []).append(check.label)
        return reasons


def told(run: ValidationRun | None) -> Told:
    if run is None:
        return Told(None, NEVER_TESTED, False, ())
    unfinished = run.status in (RunStatus.QUEUED, RunStatus.RUNNING)
    headline = HEADLINES.get(RunStatus(run.status), NEVER_TESTED)
    checks = tuple(_check(each) for each in run.checks.all())
    if unfinished:
        return Told(run, headline, unfinished, checks)
    folded = tuple(check for check in checks if check.status in GOOD)
    rest = tuple(check for check in checks if check.status not in GOOD)
    return Told(run, headline, unfinished, rest, folded)


def _check(row: CheckResult) -> ToldCheck:
    seen = row.evidence or {}
    repeat = seen.get("curl") or seen.get("command")
    parts = [("To repeat it", repeat), ("Sent", _request(seen.get("request")))]
    parts += [("Seen", _response(seen.get("response")))]
    parts += [("Conversation", "\n".join(map(_line, seen.get("messages", []))))]
    return ToldCheck(
        row.name,
        row.label,
        row.status,
        _coded(row.summary),
        _coded(row.hint),
        row.duration_ms,
        tuple((title, text) for title, text in parts if text),
    )


def _request(sent: Mapping[str, Any] | None) -> str:
    return f"{sent['method']} {sent['url']}\n{_message(sent)}" if sent else ""


def _response(seen: Mapping[str, Any] | None) -> str:
    if not seen:
        return ""
    failure = seen.get("failure")
    told = [f"HTTP {seen['status']}\n{_message(seen)}" if seen.get("status") else "No answer."]
    if seen.get("body_cut"):
        told.append("(the rest is not kept)")
    if failure:
        told.append(f"{failure['code']}: {failure['detail']}")
    arrivals = seen.get("arrivals")
    if arrivals:
        told.append("Pieces arrived after " + ", ".join(f"{at:g}" for at in arrivals) + " s.")
    return "\n\n".join(told)


def _line(entry: Mapping[str, Any]) -> str:
    """One line of a conversation with a transcriber."""
    if "left_out" in entry:
        return f"         … {entry['left_out']} lines are not kept"
    start = f"{entry['at']:8.3f} {'→' if entry['from'] == 'patchbay' else '←'}"
    if "binary" in entry:
        sound = entry["binary"]
        until = f"until {entry['until']:.3f}"
        return f"{start} {sound['messages']} binary messages, {sound['bytes']} bytes, {until}"
    if "close" in entry:
        return f"{start} close {entry['close']} {entry['reason']}"
    return f"{start} {entry['text']}"


def _message(part: Mapping[str, Any]) -> str:
    lines = [f"{name}: {value}" for name, value in part.get("headers", {}).items()]
    return "\n".join(lines) + "\n\n" + str(part.get("body", ""))


def _coded(text: str) -> SafeString:
    """Backticks as the checks write them become code; all else is escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    coded = [
        format_html("<code>{}</code>" if at % 2 else "{}", each) for at, each in enumerate(parts)
    ]
    return format_html_join("", "{}", ((each,) for each in coded))
