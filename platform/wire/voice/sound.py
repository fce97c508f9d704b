"""Forms in which sound comes and goes, and which one an answer has."""

import re
from dataclasses import dataclass

from wire import pcm, wav

PCM, WAV = "pcm", "wav"
LABELS = {
    PCM: "raw PCM", WAV: "WAV", "mp3": "MP3", "opus": "Opus", "aac": "AAC", "flac": "FLAC"
}  # fmt: skip

_TYPES = {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/ogg": "opus",
    "audio/opus": "opus",
    "audio/aac": "aac",
    "audio/flac": "flac",
}
_MARKS = {b"ID3": "mp3", b"OggS": "opus", b"fLaC": "flac"}
_RATE = re.compile(r";\s*rate=([1-9][0-9]{3,5})\b")


@dataclass(frozen=True, slots=True)
class Sound:
    """Of PCM (16 bit little-endian mono) and of it in a WAV file, `rate` is in Hz. All other kinds
    are packed: they are carried as they are, or not at all, and their rate is 0.
    """

    kind: str
    rate: int = 0

    @property
    def packed(self) -> bool:
        return self.kind not in (PCM, WAV)

    @property
    def label(self) -> str:
        return LABELS[self.kind]


@dataclass(frozen=True, slots=True)
class Opening:
    """How an answer begins. Of a WAV file `header` is the size of its header, `size` that of its
    sound, if it tells. `events`: the sound comes in events of a stream.
    """

    sound: Sound
    header: int = 0
    size: int | None = None
    events: bool = False


def opening(asked: Sound, content_type: str, start: bytes, *, whole: bool) -> Opening | str | None:
    """What a 2xx answer is, or in words what it is in place of sound; `None`: it takes more to
    tell. `start` is what came of the body, `whole` when that is all.
    """
    if start.startswith(wav.MARK):
        return _wav(start, whole=whole)
    declared = content_type.partition(";")[0].strip().lower()
    kind = _packed(declared, start)
    if kind is not None:
        return Opening(Sound(kind))
    found = pcm.what_is(declared, start, whole=whole)
    if found != pcm.PCM:
        return found
    if asked.packed and declared not in ("audio/l16", "audio/pcm"):
        return Opening(asked)
    return Opening(Sound(PCM, _declared_rate(content_type) or asked.rate or pcm.DEFAULT_RATE))


def _declared_rate(content_type: str) -> int | None:
    """`None` also for one that nothing has: what it is made into must not become endless."""
    named = _RATE.search(content_type.lower())
    rate = int(named[1]) if named else 0
    return rate if pcm.LEAST_RATE <= rate <= pcm.MOST_RATE else None


def _packed(declared: str, start: bytes) -> str | None:
    kind = _TYPES.get(declared)
    return kind or next((name for mark, name in _MARKS.items() if start.startswith(mark)), None)


def _wav(start: bytes, *, whole: bool) -> Opening | str | None:
    try:
        header = wav.read_header(start)
    except wav.UnfitWav as unfit:
        return str(unfit)
    if header is None:
        return "a WAV file that breaks off in its header" if whole else None
    return Opening(Sound(WAV, header.rate), header.size, header.sound)


def mp3_or_pcm(wanted: Sound, rates: tuple[int, ...]) -> Sound | None:
    """`VoiceFormat.form` of endpoints that have MP3, and PCM at these rates."""
    if wanted.packed:
        return wanted if wanted.kind == "mp3" else None
    return Sound(PCM, at_least(wanted.rate, rates))


def at_least(rate: int, rates: tuple[int, ...]) -> int:
    """The rate to ask for where only these can be had: so that little is lost."""
    return min((one for one in rates if one >= rate), default=max(rates))
