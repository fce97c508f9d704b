"""`pipecat-ai`: its TTS service in a running pipeline."""

from base64 import b64encode

from lines import Answer, Job, described, made, serve
from pipecat.frames.frames import (
    Frame,
    InterruptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
)
from pipecat.pipeline.worker import PipelineWorker
from pipelines import end, run


async def speak(job: Job) -> Answer:
    answer: Answer = {"rate": None}
    sound = bytearray()
    tts = made(job, "tts")

    async def see(frame: Frame, worker: PipelineWorker) -> None:
        match frame:
            case TTSAudioRawFrame():
                sound.extend(frame.audio)
                answer["rate"] = frame.sample_rate
                if job["how"] == "cancel":
                    await worker.queue_frame(InterruptionFrame())
            case TTSStoppedFrame() | InterruptionFrame():
                await end(worker)

    for error in (await run(tts, [TTSSpeakFrame("Hello there.")], see))[:1]:
        cause = error.exception
        answer["error"] = described(cause) if cause else {"message": error.error}
    return {**answer, "sound": b64encode(sound).decode()}


if __name__ == "__main__":
    serve(speak)
