"""`deepgram-sdk`: live listening, by its synchronous and its asynchronous client."""

import asyncio
import threading
from base64 import b64decode
from typing import Any

from deepgram import AsyncDeepgramClient, DeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.core.events import EventType
from deepgram.environment import DeepgramClientEnvironment
from lines import Answer, Job, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus

PIECE = 3200  # bytes; 100 ms at 16 kHz
OPTIONS: dict[str, Any] = {
    "model": "any", "encoding": "linear16", "sample_rate": 16_000, "channels": 1,
    "interim_results": True, "utterance_end_ms": 1000, "vad_events": True,
}  # fmt: skip


def place(base: str) -> DeepgramClientEnvironment:
    ws = base.replace("http", "ws", 1)
    return DeepgramClientEnvironment(base=base, production=ws, agent=ws, agent_rest=base)


class Heard:
    """What the SDK tells of a session. `settled` with the first final text, or with its end."""

    def __init__(self) -> None:
        self.answer: Answer = {"messages": [], "errors": [], "closed": False}
        self.settled = threading.Event()

    def on(self, connection: Any) -> None:
        connection.on(EventType.MESSAGE, self.message)
        connection.on(EventType.ERROR, lambda error: self.answer["errors"].append(str(error)))
        connection.on(EventType.CLOSE, lambda _: self.closed())

    def closed(self) -> None:
        self.answer["closed"] = True
        self.settled.set()

    def message(self, message: Any) -> None:
        """A message that the SDK could not read comes as a dict, and is noted as that."""
        read = {"unread": message} if isinstance(message, dict) else message.dict()
        self.answer["messages"].append(read)
        if read.get("is_final") and read["channel"]["alternatives"][0]["transcript"]:
            self.settled.set()


def pieces(job: Job) -> list[bytes]:
    sound = b64decode(job["sound"])
    return [sound[start : start + PIECE] for start in range(0, len(sound), PIECE)]


def listen(job: Job, heard: Heard) -> None:
    client = DeepgramClient(api_key=job["key"], environment=place(job["base_url"]))
    with client.listen.v1.connect(**OPTIONS) as connection:
        heard.on(connection)
        reader = threading.Thread(target=connection.start_listening)
        reader.start()
        for piece in pieces(job):
            connection.send_media(piece)
        if job["finalize"]:
            connection.send_finalize()
        heard.settled.wait(5)
        connection.send_close_stream()
        reader.join(10)


async def listen_async(job: Job, heard: Heard) -> None:
    client = AsyncDeepgramClient(api_key=job["key"], environment=place(job["base_url"]))
    async with client.listen.v1.connect(**OPTIONS) as connection:
        heard.on(connection)
        reader = asyncio.create_task(connection.start_listening())
        for piece in pieces(job):
            await connection.send_media(piece)
        if job["finalize"]:
            await connection.send_finalize()
        await asyncio.to_thread(heard.settled.wait, 5)
        await connection.send_close_stream()
        await asyncio.wait_for(reader, 10)


async def hear(job: Job) -> Answer:
    heard = Heard()
    try:
        if job["api"] == "async":
            await listen_async(job, heard)
        else:
            await asyncio.to_thread(listen, job, heard)
    except ConnectionClosed as error:  # where the SDK was sending when the session ended
        heard.answer["errors"].append(str(error))
    except ApiError as error:
        heard.answer["refused"] = error.status_code
    except InvalidStatus as error:  # what the synchronous client lets through
        heard.answer["refused"] = error.response.status_code
    return heard.answer


if __name__ == "__main__":
    serve(hear)
