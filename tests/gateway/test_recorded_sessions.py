"""Recorded sessions mean the same wherever the network cuts them, and in however many frames.

`FORMAT/NAME.session` is what a caller says (`> `, audio in hex behind `0x`) and what an endpoint of
the simplest kind is given of it (`= `); `FORMAT/NAME.jsonl` what an endpoint says.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from egress.frames import BINARY, CONTINUATION, TEXT, Frame, FrameReader, encode
from egress.gathering import Gatherer
from tests.wire.corpus import FOLDER, meaning
from tests.wire.transcriber.recorded import heard, side_of
from wire.events import TranscriberEvent
from wire.llm.base import Stamp
from wire.registry import formats_of, hosted_format
from wire.retell.requests import response_id
from wire.retell.session import RetellSession
from wire.transcriber.base import EndpointSide, Message
from wire.transcriber.translation import Translation
from wire.transcriber.utterances import Utterances

Said = tuple[int, bytes]
QUERIES = {"deepgram-listen": {"encoding": "linear16", "sample_rate": "16000"}}


def framed(messages: Sequence[Said], *, masked: bool, at: int | None = None) -> bytes:
    """Messages as they go over the wire, each in two frames if `at` lies within it."""
    wire = b""
    for opcode, data in messages:
        if at is None or at >= len(data):
            wire += encode(opcode, data, masked=masked)
        else:
            wire += encode(opcode, data[:at], final=False, masked=masked)
            wire += encode(CONTINUATION, data[at:], masked=masked)
    return wire


def ways(messages: Sequence[Said], *, masked: bool) -> Iterator[list[bytes]]:
    """Whole, byte by byte, cut in two everywhere; and each message in two frames, cut likewise."""
    yield from meaning.cuts(framed(messages, masked=masked))
    for at in range(max(len(data) for _, data in messages)):
        yield [framed(messages, masked=masked, at=at)]


def frames(pieces: list[bytes], *, masked: bool) -> Iterator[Frame]:
    reader = FrameReader(masked=masked)
    for piece in pieces:
        yield from reader.feed(piece)


def texts(pieces: list[bytes]) -> list[bytes]:
    """Of a server; its binary messages are left out."""
    gatherer = Gatherer()
    found = map(gatherer.take, frames(pieces, masked=False))
    return [text for text in found if text is not None]


# -- endpoints


RECORDED = [
    path for name in formats_of("transcriber") for path in sorted((FOLDER / name).glob("*.jsonl"))
]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_endpoints_messages_mean_the_same_however_they_are_cut(path: Path) -> None:
    wire_format, name = path.parent.name, path.stem
    expected = heard(side_of(wire_format), wire_format, name)
    messages = [(TEXT, line) for line in path.read_bytes().splitlines()]
    with_sound = [each for message in messages for each in (message, (BINARY, b"\0\1"))]
    for pieces in ways(with_sound, masked=False):
        assert told(side_of(wire_format), texts(pieces)) == expected


def told(side: EndpointSide, said: list[bytes]) -> list[TranscriberEvent]:
    utterances = Utterances(ends=side.ends_utterances)
    events = [event for text in said for event in utterances.feed(side.hear(text) or ())]
    return events + utterances.feed(side.ended())


# -- callers


class Plain(EndpointSide):
    """Says each word by its name."""

    def begin(self, opening: object) -> list[Message]:
        return [Message(f"open {self.rate}".encode(), is_text=True)]

    def finalize(self) -> list[Message]:
        return [Message(b"finalize", is_text=True)]

    def close(self) -> list[Message]:
        return [Message(b"close", is_text=True)]

    def hear(self, text: bytes) -> None:
        return None


def given(wire_format: str, pieces: list[bytes]) -> list[str]:
    """What an endpoint gets of a caller's frames; audio that comes in a row is one."""
    caller = hosted_format("transcriber", wire_format).caller_side(
        QUERIES.get(wire_format, {}), Stamp("id", 0)
    )
    translation = Translation(caller, Plain(caller.opening.rate))
    gatherer = Gatherer()
    got: list[Message | None] = list(translation.greet())
    for frame in frames(pieces, masked=True):
        text = gatherer.take(frame)
        if text is not None:
            words = translation.read(text)
            got += [None] if words is None else translation.greet()
            for word in words or ():
                got += translation.finalize() if word == "finalize" else translation.close()
        elif not gatherer.is_text:
            got += translation.audio(frame.payload, last=frame.final)
    return in_words(got)


def in_words(got: list[Message | None]) -> list[str]:
    found: list[str] = []
    for message in got:
        if message is None:
            found.append("?")
        elif message.is_text:
            found.append(message.data.decode())
        elif found and found[-1].startswith("audio "):
            found[-1] += message.data.hex()
        else:
            found.append(f"audio {message.data.hex()}")
    return found


def said(line: str) -> Said:
    if line.startswith("> 0x"):
        return BINARY, bytes.fromhex(line[4:])
    return TEXT, line[2:].encode()


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("*/*.session")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_a_callers_messages_mean_the_same_however_they_are_cut(path: Path) -> None:
    lines = path.read_text().splitlines()
    messages = [said(line) for line in lines if line[0] == ">"]
    expected = [line[2:] for line in lines if line[0] == "="]
    for pieces in ways(messages, masked=True):
        assert given(path.parent.name, pieces) == expected


def test_a_retell_call_means_the_same_however_it_is_cut() -> None:
    lines = (FOLDER / "retell-llm" / "call.txt").read_text().splitlines()
    messages = [said(line) for line in lines if line[0] == ">"]
    with_sound = [each for message in messages for each in (message, (BINARY, b"\0\1"))]
    expected = retell([text for _, text in messages])
    assert "? 6" in expected
    for pieces in ways(with_sound, masked=True):
        gatherer = Gatherer()
        found = map(gatherer.take, frames(pieces, masked=True))
        assert retell([text for text in found if text is not None]) == expected


def retell(messages: list[bytes]) -> list[str]:
    session = RetellSession("c1")
    got = []
    for answer in map(session.hear, messages):
        got += [reply.decode() for reply in answer.replies]
        got += [f"? {response_id(answer.request)}"] if answer.request else []
    return got
