"""Plays a recording to a transcriber endpoint at the pace of a call, and prints what it answers.

    python examples/play_sentence.py wss://stt.example.com/stt -H "Authorization: Bearer $TOKEN"

It is what Patchbay does when a transcriber endpoint is saved: 20 ms of sound at a time, then
`finalize`, and `close` once the answer is there. It needs websockets. Another recording must be a
WAV file of 16 bit, mono, 16 kHz. `SSL_CERT_FILE` names a certificate authority of your own.
"""

import argparse
import json
import ssl
import threading
import time
import wave
from pathlib import Path

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

RECORDING = Path(__file__).resolve().parents[1] / "endpoints" / "validation" / "sentence.wav"
FRAME_SECONDS = 0.02
ANSWER_SECONDS = 5.0


def frames(path: Path) -> list[bytes]:
    with wave.open(str(path)) as recording:
        shape = recording.getframerate(), recording.getnchannels(), recording.getsampwidth()
        if shape != (16_000, 1, 2):
            raise SystemExit(f"{path} is not 16 bit, mono, 16 kHz.")
        size = int(16_000 * FRAME_SECONDS)
        return [recording.readframes(size) for _ in range(-(-recording.getnframes() // size))]


class Printer(threading.Thread):
    """Prints messages with the seconds since the start; `answered` is set by `utterance_end`."""

    def __init__(self, socket: ClientConnection) -> None:
        super().__init__()
        self._socket = socket
        self._began = time.monotonic()
        self.answered = threading.Event()

    def run(self) -> None:
        try:
            for message in self._socket:
                shown = message if isinstance(message, str) else f"({len(message)} bytes)"
                self.say(f"< {shown}")
                if kind_of(message) == "utterance_end":
                    self.answered.set()
        except ConnectionClosed:
            pass  # the last line says how
        close = self._socket.protocol.close_rcvd
        self.say(f"closed with {close.code} {close.reason}" if close else "lost without a close")

    def say(self, line: str) -> None:
        print(f"{time.monotonic() - self._began:7.3f} {line}", flush=True)


def kind_of(message: str | bytes) -> str:
    try:
        return str(json.loads(message)["type"])
    except (ValueError, TypeError, LookupError):
        return ""


def play(socket: ClientConnection, sound: list[bytes]) -> None:
    printer = Printer(socket)
    printer.start()
    try:
        printer.say(f"> {len(sound)} messages of sound, {sum(map(len, sound))} bytes")
        for frame in sound:
            socket.send(frame)
            time.sleep(FRAME_SECONDS)
        printer.answered.clear()
        for word in ("finalize", "close"):
            printer.say(f"> {word}")
            socket.send(json.dumps({"type": word}))
            printer.answered.wait(ANSWER_SECONDS if word == "finalize" else 0)
    except ConnectionClosed:
        pass  # the printer says how
    printer.join(ANSWER_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("recording", nargs="?", type=Path, default=RECORDING)
    parser.add_argument("-H", "--header", action="append", default=[], help="`name: value`")
    options = parser.parse_args()
    headers = [tuple(part.strip() for part in each.split(":", 1)) for each in options.header]
    sound = frames(options.recording)
    try:
        with connect(
            options.url, additional_headers=headers, user_agent_header=None, compression=None
        ) as socket:
            play(socket, sound)
    except InvalidStatus as refused:
        body = refused.response.body.decode("utf-8", "replace")
        raise SystemExit(f"refused with status {refused.response.status_code}: {body}") from None
    except ssl.SSLCertVerificationError as wrong:
        hint = "SSL_CERT_FILE=ca.pem names an authority of your own."
        raise SystemExit(f"not trusted: {wrong.verify_message}. {hint}") from None
    except (OSError, WebSocketException) as failed:
        raise SystemExit(f"not connected: {failed}") from None


if __name__ == "__main__":
    main()
