// Vercel's `ai`, with its providers for OpenAI (chat and responses) and for what is compatible.
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { PARAMETERS, described, serve } from "./lines.mjs";

const HI = { role: "user", content: "Hi" };
const PLACE = { toolCallId: "t1", toolName: "weather" };
const inputSchema = jsonSchema(PARAMETERS);
const tools = { weather: tool({ inputSchema }) };

const SCENES = {
  text: { instructions: "Be brief.", messages: [HI] },
  tool: { messages: [HI], tools },
  result: {
    messages: [
      HI,
      { role: "assistant", content: [{ type: "tool-call", ...PLACE, input: { city: "Oslo" } }] },
      {
        role: "tool",
        content: [{ type: "tool-result", ...PLACE, output: { type: "text", value: "sun" } }],
      },
    ],
    tools,
  },
  // The client calls the tool itself and asks again with its result.
  loop: {
    messages: [HI],
    tools: { weather: tool({ inputSchema, execute: () => "sun" }) },
    stopWhen: stepCountIs(2),
  },
};

function model({ api, base_url: baseURL, key: apiKey }) {
  if (api === "compatible") {
    const provider = createOpenAICompatible({
      name: "patchbay",
      baseURL,
      apiKey,
      includeUsage: true,
    });
    return provider("any");
  }
  const provider = createOpenAI({ baseURL, apiKey });
  return api === "chat" ? provider.chat("any") : provider.responses("any");
}

function counted({ inputTokens, outputTokens, inputTokenDetails }) {
  return {
    input: inputTokens,
    output: outputTokens,
    cached: inputTokenDetails.cacheReadTokens,
  };
}

const called = ({ toolCallId, toolName, input }) => [toolCallId, toolName, input];

async function whole(asked, answer) {
  const { text, toolCalls, totalUsage } = await generateText(asked);
  Object.assign(answer, { text, tools: toolCalls.map(called), usage: counted(totalUsage) });
}

async function streamed(asked, answer, cancel) {
  const aborted = new AbortController();
  const { stream } = streamText({ ...asked, abortSignal: aborted.signal, onError() {} });
  for await (const part of stream) {
    if (part.type === "text-delta") {
      answer.pieces.push(part.text);
      if (cancel) aborted.abort();
    }
    if (part.type === "tool-call") answer.tools.push(called(part));
    if (part.type === "finish") answer.usage = counted(part.totalUsage);
    if (part.type === "error") throw part.error;
  }
}

// An error that comes inside a stream may be the provider's data and no Error.
const told = (error) =>
  error instanceof Error ? described(error) : { class: "data", ...(error.error ?? error) };

await serve(async (job) => {
  const answer = { pieces: [], tools: [] };
  const asked = { model: model(job), maxRetries: 0, ...SCENES[job.scene] };
  if (job.api === "responses") asked.providerOptions = { openai: { store: job.store } };
  try {
    if (job.how === "whole") await whole(asked, answer);
    else await streamed(asked, answer, job.how === "cancel");
  } catch (error) {
    answer.error = told(error);
  }
  return { text: answer.pieces.join(""), ...answer };
});
