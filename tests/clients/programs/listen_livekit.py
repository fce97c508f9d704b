"""`livekit-plugins-deepgram`: its STT, as LiveKit's agents use it."""

from base64 import b64decode

from lines import Answer, Job, described, made, serve
from livekit.agents import APIConnectOptions, APIError
from livekit.agents.stt import SpeechEvent, SpeechEventType
from livekit.agents.utils import http_context
from livekit.rtc import AudioFrame

ONCE = APIConnectOptions(max_retry=0, timeout=10)
PIECE = 3200  # bytes; 100 ms at 16 kHz


async def hear(job: Job) -> Answer:
    answer: Answer = {"interims": [], "finals": [], "starts": 0, "ends": 0}
    sound = b64decode(job["sound"])
    async with http_context.open():
        stt = made(job, "stt")
        try:
            async with stt.stream(conn_options=ONCE) as stream:
                for start in range(0, len(sound), PIECE):
                    data = sound[start : start + PIECE]
                    stream.push_frame(AudioFrame(data, 16_000, 1, len(data) // 2))
                async for event in stream:
                    note(answer, event)
                    if event.type == SpeechEventType.END_OF_SPEECH:
                        stream.end_input()
        except APIError as error:
            answer["error"] = described(error)
        finally:
            await stt.aclose()
    return answer


def note(answer: Answer, event: SpeechEvent) -> None:
    match event.type:
        case SpeechEventType.INTERIM_TRANSCRIPT:
            answer["interims"].append(event.alternatives[0].text)
        case SpeechEventType.FINAL_TRANSCRIPT:
            answer["finals"].append(event.alternatives[0].text)
        case SpeechEventType.START_OF_SPEECH:
            answer["starts"] += 1
        case SpeechEventType.END_OF_SPEECH:
            answer["ends"] += 1


if __name__ == "__main__":
    serve(hear)
