"""What a transcriber wire format can carry beside audio, finals and errors, as data.

As `wire.capabilities`: what only the caller's format has is lost on the way to an endpoint of
another, what only the endpoint's has on the way back.
"""

from dataclasses import dataclass

from wire.capabilities import feature


@dataclass(frozen=True, slots=True)
class TranscriberCapabilities:
    """What most formats can carry is true unless a format says otherwise, what few can is false."""

    language: bool = feature("asked", "the language that is named", True)
    finalize: bool = feature("asked", "the word that asks for a final at once", True)
    interims: bool = feature("answered", "interim text", True)
    utterance_end: bool = feature("answered", "the end of an utterance", True)
    speech_started: bool = feature("answered", "the moment at which somebody begins to speak", True)
    confidence: bool = feature("answered", "how sure a final is", True)
    heard_language: bool = feature("answered", "the language that was heard", True)
    hints: bool = feature("asked", "`hints` of words, and vendors' options", False)
    parameters: bool = feature("asked", "other parameters of its URL, such as `keyterm`", False)
    words: bool = feature("answered", "words with times and speakers, further alternatives", False)
    alternatives: bool = feature("answered", "alternatives beyond the first", False)
    turns: bool = feature("answered", "words of turns with times and speakers", False)
