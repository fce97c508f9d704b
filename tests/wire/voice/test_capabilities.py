"""What a pair of voice formats loses."""

from wire.capabilities import lost
from wire.voice.capabilities import VoiceCapabilities


def test_what_only_one_side_has_is_lost() -> None:
    rich = VoiceCapabilities(speed=True, usage=True)
    assert lost(rich, VoiceCapabilities()) == {"speed": "the speed of speaking"}
    assert lost(VoiceCapabilities(), rich) == {"usage": "reported tokens"}
    assert lost(rich, rich) == {}
