"""The reference transcriber of `examples/` passes, with its real engine and with its stand-in."""

from collections.abc import Sequence
from contextlib import closing

import pytest

from endpoints.models import RunStatus
from tenants.models import Tenant
from tests.endpoints.rows import saved_endpoint
from tests.endpoints.validation.verdicts import examine, told
from tests.examples.programs import TOKEN, TranscriberEndpoint, need_engines
from tests.upstreams import Authority


@pytest.mark.parametrize(
    ("without", "heard"),
    [((), "«please call me tomorrow morning»"), (("pocketsphinx",), "«(speech, ")],
)
def test_the_reference_transcriber_passes_every_check(
    without: Sequence[str], heard: str, acme: Tenant, authority: Authority, loopback: None
) -> None:
    if not without:
        need_engines()
    with closing(TranscriberEndpoint(authority, "--calls", "1", without=without)) as endpoint:
        endpoint.start()
        saved = saved_endpoint(
            acme,
            channel="transcriber",
            wire_format="rymi-stt",
            urls=[endpoint.jack.url],
            auth={"type": "bearer", "token": TOKEN},
        )
        run = examine(saved)
    results = list(run.checks.all())
    assert run.status == RunStatus.PASSED, told(results)
    assert {each.status for each in results} == {"passed"}, told(results)
    assert heard in run.checks.get(name="heard").summary
