"""What a reference endpoint says as it starts is what its tenant types into the admin."""

import pytest

from tests.examples.programs import (
    ModelEndpoint,
    ReferenceEndpoint,
    TranscriberEndpoint,
    VoiceEndpoint,
)
from tests.upstreams.authority import Authority

ENGINES = ("espeak-ng", "soxr", "pocketsphinx")


@pytest.mark.parametrize("reference", [ModelEndpoint, VoiceEndpoint, TranscriberEndpoint])
def test_an_endpoint_says_its_url(authority: Authority, reference: type[ReferenceEndpoint]) -> None:
    endpoint = reference(authority, without=ENGINES)
    endpoint.start()
    try:
        assert f"On this machine: {endpoint.jack.url}\n" in endpoint.said
    finally:
        endpoint.close()
