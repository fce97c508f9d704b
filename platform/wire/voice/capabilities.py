"""What a voice wire format can carry beside the text and its sound, as data.

As `wire.capabilities`: what only the caller's format has is lost on the way to an endpoint of
another, what only the endpoint's has on the way back.
"""

from dataclasses import dataclass

from wire.capabilities import feature


@dataclass(frozen=True, slots=True)
class VoiceCapabilities:
    language: bool = feature("asked", "the language of the text", False)
    instructions: bool = feature("asked", "instructions for the style of speaking", False)
    speed: bool = feature("asked", "the speed of speaking", False)
    ssml: bool = feature("asked", "SSML: its tags are taken out", False)
    mp3: bool = feature("asked", "MP3: a call that takes nothing else is refused", False)
    packed: bool = feature("asked", "Opus, AAC and FLAC: a call for them is refused", False)
    usage: bool = feature("answered", "reported tokens", False)
