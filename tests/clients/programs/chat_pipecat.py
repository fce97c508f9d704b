"""`pipecat-ai`: its LLM service in a running pipeline."""

from typing import Any

from lines import Answer, Job, described, made, serve
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.frames.frames import (
    Frame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMTextFrame,
    MetricsFrame,
)
from pipecat.metrics.metrics import LLMUsageMetricsData
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.llm_service import FunctionCallParams
from pipelines import end, run

CALL = {"name": "weather", "arguments": '{"city":"Oslo"}'}
SCENES: dict[str, list[Any]] = {
    "text": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
    "tool": [{"role": "user", "content": "Hi"}],
    "result": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "tool_calls": [{"id": "t1", "type": "function", "function": CALL}]},
        {"role": "tool", "tool_call_id": "t1", "content": "sun"},
    ],
}
WEATHER = FunctionSchema(
    name="weather",
    description="The weather in a city.",
    properties={"city": {"type": "string"}},
    required=["city"],
)


class Asked:
    """One answer, as the frames of the pipeline tell it."""

    def __init__(self, job: Job) -> None:
        self.answer: Answer = {"pieces": [], "tools": [], "usage": None}
        self._cancel = job["how"] == "cancel"
        self._scene = job["scene"]
        self.llm = made(job, "llm")
        self.llm.register_function("weather", self.weather)

    async def weather(self, call: FunctionCallParams) -> None:
        tool = [call.tool_call_id, call.function_name, dict(call.arguments)]
        self.answer["tools"].append(tool)
        await call.result_callback("sun")

    async def see(self, frame: Frame, worker: PipelineWorker) -> None:
        match frame:
            case LLMTextFrame(text=text):
                self.answer["pieces"].append(text)
                if self._cancel:
                    await worker.queue_frame(InterruptionFrame())
            case MetricsFrame(data=data):
                self.count(data)
            case LLMFullResponseEndFrame():
                await end(worker)
            case InterruptionFrame():
                await end(worker)

    def count(self, data: list[Any]) -> None:
        for each in data:
            if isinstance(each, LLMUsageMetricsData):
                usage = each.value
                counts = (
                    usage.prompt_tokens,
                    usage.completion_tokens,
                    usage.cache_read_input_tokens,
                )
                self.answer["usage"] = dict(zip(("input", "output", "cached"), counts, strict=True))

    async def run(self) -> Answer:
        tools = {} if self._scene == "text" else {"tools": [WEATHER]}
        context = LLMContext(list(SCENES[self._scene]), **tools)
        errors = await run(self.llm, [LLMContextFrame(context)], self.see)
        for error in errors[:1]:
            cause = error.exception
            self.answer["error"] = described(cause) if cause else {"message": error.error}
        return {**self.answer, "text": "".join(self.answer["pieces"])}


async def ask(job: Job) -> Answer:
    return await Asked(job).run()


if __name__ == "__main__":
    serve(ask)
