"""A pipeline of Pipecat around one service: what it is fed, and every frame that comes out."""

from collections.abc import Awaitable, Callable
from typing import Any

from pipecat.frames.frames import EndFrame, ErrorFrame, Frame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

See = Callable[[Frame, PipelineWorker], Awaitable[None]]


class _Last(FrameProcessor):
    """The end of the pipeline: shows what reaches it."""

    def __init__(self, seen: Callable[[Frame], Awaitable[None]]) -> None:
        super().__init__()
        self._seen = seen

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if direction == FrameDirection.DOWNSTREAM:
            await self._seen(frame)
        await self.push_frame(frame, direction)


async def run(service: FrameProcessor, first: list[Frame], see: See) -> list[ErrorFrame]:
    """Feeds the frames to the service and shows `see` what comes of them, until the pipeline ends.

    `see` ends it with `end`; so does an error. The errors that the pipeline was told.
    """
    errors: list[ErrorFrame] = []

    async def seen(frame: Frame) -> None:
        await see(frame, worker)

    worker = PipelineWorker(
        Pipeline([service, _Last(seen)]),
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
        enable_rtvi=False,
    )

    @worker.event_handler("on_pipeline_started")
    async def started(_: Any, __: Frame) -> None:
        await worker.queue_frames(first)

    @worker.event_handler("on_pipeline_error")
    async def failed(_: Any, frame: ErrorFrame) -> None:
        errors.append(frame)
        await end(worker)

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()
    return errors


async def end(worker: PipelineWorker) -> None:
    await worker.queue_frame(EndFrame())
