"""Does a validation run: makes the exchanges, lets each check look, stores what it saw at once."""

import math
import time

import structlog

from endpoints.models import CheckStatus
from endpoints.snapshots import endpoint_snapshot
from endpoints.validation import lease
from endpoints.validation.base import Check, Finding, Seen, skipped
from endpoints.validation.evidence import evidence
from endpoints.validation.lease import Claim, LeaseLost
from endpoints.validation.places import places
from endpoints.validation.probes import Session
from endpoints.validation.recorder import Stopped
from endpoints.validation.redaction import Redactor
from endpoints.validation.registry import checks_of
from wire.registry import UnknownFormat, format_named

_DOOR = ("door",)
_COARSE_MS = 100  # how finely failures at the door are timed: they must not measure networks

log = structlog.get_logger(__name__)


def run(run_id: str) -> None:
    """Nothing to do for a run that is done, superseded or another worker's."""
    tenant_id = lease.tenant_of(run_id)
    if tenant_id is None:
        return
    with places.enter(tenant_id) as admitted:
        if not admitted:
            lease.defer(run_id)
        elif claim := lease.claim(run_id):
            _work(claim)


def _work(claim: Claim) -> None:
    try:
        _drive(claim)
        status = claim.finish()
    except LeaseLost:
        log.info("validation.lease_lost", run=claim.run_id, attempt=claim.attempt)
    except Stopped:
        claim.release()
        log.info("validation.released", run=claim.run_id, attempt=claim.attempt)
    else:
        log.info(
            "validation.done", run=claim.run_id, endpoint=claim.endpoint.id, status=status.value
        )


def _drive(claim: Claim) -> None:
    endpoint = endpoint_snapshot(claim.endpoint)
    scheme = _scheme(endpoint.channel, endpoint.wire_format)
    with Session(endpoint, (scheme,)) as session:
        for check in checks_of(endpoint.channel):
            started = time.perf_counter()
            for name in check.needs:
                claim.hold()
                session.record(name)
            found = _looked(check, session.seen)
            took = (time.perf_counter() - started) * 1000
            _store(claim, session, check, found, took)


def _scheme(channel: str, wire_format: str) -> str:
    try:
        return format_named(channel, wire_format).scheme
    except UnknownFormat:
        return "https"


def _looked(check: Check, seen: Seen) -> Finding:
    """A check that breaks on what an endpoint sent must not take the others with it."""
    try:
        return check.run(seen)
    except Exception as error:
        log.error("validation.check_broken", check=check.name, error=type(error).__name__)
        return skipped("This check could not make sense of what came; please tell the operator.")


def _store(claim: Claim, session: Session, check: Check, found: Finding, took: float) -> None:
    if check.needs == _DOOR and found.status is CheckStatus.FAILED:
        took = math.ceil(took / _COARSE_MS) * _COARSE_MS
    claim.store(
        position=check.position,
        name=check.name,
        label=check.label,
        took=took,
        found=found,
        evidence=_evidence(session, check, found),
    )


def _evidence(session: Session, check: Check, found: Finding) -> dict[str, object]:
    """The exchange in full where it is first shown and beside each fault, else where to find it."""
    if found.shows is None:
        return {}
    first = session.shown.setdefault(id(found.shows), check.name)
    if found.status is CheckStatus.PASSED and first != check.name:
        return {"same_as": first}
    return evidence(found.shows, Redactor(session.seen.endpoint))
