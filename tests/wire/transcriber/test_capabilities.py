"""What most transcriber formats can carry, and that a pair's losses follow from it."""

from dataclasses import asdict

from wire.capabilities import lost
from wire.transcriber.capabilities import TranscriberCapabilities

PLAIN = TranscriberCapabilities()


def test_interims_ends_and_what_is_said_of_finals_are_what_most_can_carry() -> None:
    carried = {name for name, value in asdict(PLAIN).items() if value}
    assert carried == {
        "language", "finalize", "interims", "utterance_end", "speech_started", "confidence",
        "heard_language",
    }  # fmt: skip


def test_a_word_is_lost_to_the_endpoint_and_an_end_to_the_caller() -> None:
    poor = TranscriberCapabilities(finalize=False, utterance_end=False)
    assert set(lost(PLAIN, poor)) == {"finalize"}
    assert set(lost(poor, PLAIN)) == {"utterance_end"}
    assert lost(PLAIN, PLAIN) == {}
