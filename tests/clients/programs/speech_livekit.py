"""`livekit-plugins-openai`: its TTS, as LiveKit's agents use it."""

from base64 import b64encode

from lines import Answer, Job, described, made, serve
from livekit.agents import APIConnectionError, APIConnectOptions, APIError

ONCE = APIConnectOptions(max_retry=0, timeout=10)


async def speak(job: Job) -> Answer:
    answer: Answer = {"sound": "", "rate": None}
    sound = b""
    tts = made(job, "tts")
    try:
        async with tts.synthesize("Hello there.", conn_options=ONCE) as stream:
            async for said in stream:
                sound += bytes(said.frame.data)
                answer["rate"] = said.frame.sample_rate
                if job["how"] == "cancel":
                    break
    except APIError as error:
        cause = error.__cause__ if isinstance(error, APIConnectionError) else None
        answer["error"] = described(cause if isinstance(cause, Exception) else error)
    finally:
        await tts.aclose()
    return {**answer, "sound": b64encode(sound).decode()}


if __name__ == "__main__":
    serve(speak)
