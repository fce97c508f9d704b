"""Both reference endpoints with their real engines, shared by the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.examples.programs import TranscriberEndpoint, VoiceEndpoint, need_engines
from tests.upstreams.authority import Authority


@pytest.fixture(scope="session")
def voice(authority: Authority) -> Iterator[VoiceEndpoint]:
    need_engines()
    endpoint = VoiceEndpoint(authority)
    endpoint.start()
    yield endpoint
    endpoint.close()


@pytest.fixture(scope="session")
def transcriber(authority: Authority) -> Iterator[TranscriberEndpoint]:
    need_engines()
    endpoint = TranscriberEndpoint(authority, "--calls", "2")
    endpoint.start()
    yield endpoint
    endpoint.close()
