"""`pipecat-ai`: its service for Deepgram in a running pipeline."""

import asyncio
from base64 import b64decode

from lines import Answer, Job, described, made, serve
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.worker import PipelineWorker
from pipelines import end, run

PIECE = 3200  # bytes; 100 ms at 16 kHz
LAST_SECONDS = 10.0


async def hear(job: Job) -> Answer:
    answer: Answer = {"interims": [], "finals": []}
    sound = b64decode(job["sound"])
    pieces = [sound[start : start + PIECE] for start in range(0, len(sound), PIECE)]
    frames: list[Frame] = [InputAudioRawFrame(piece, 16_000, 1) for piece in pieces]

    async def see(frame: Frame, worker: PipelineWorker) -> None:
        match frame:
            case InterimTranscriptionFrame(text=text):
                answer["interims"].append(text)
            case TranscriptionFrame(text=text):
                answer["finals"].append(text)
                if "".join(answer["finals"]) == job["until"]:
                    await end(worker)

    running = run(made(job, "stt"), [*frames, VADUserStoppedSpeakingFrame()], see)
    for error in (await asyncio.wait_for(running, LAST_SECONDS))[:1]:
        cause = error.exception
        answer["error"] = described(cause) if cause else {"message": error.error}
    return answer


if __name__ == "__main__":
    serve(hear)
